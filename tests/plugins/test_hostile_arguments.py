"""Every host function meets addresses, lengths and numbers that make no sense, through a socket.

Rule: a result, or a trap that says where; never a bug of the server's own, and never a byte written
outside of the guest. One module calls them all, each with one number in all of its parameters.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ferrite.errors import CommandError
from ferrite.plugins import encoder
from ferrite.plugins.host_api import FUNCTIONS
from ferrite.plugins.manifest import SECTION_NAME
from tests.support.c_plugins import ALL_STORAGE, manifest_text
from tests.support.plugin_guests import imports
from tests.support.plugin_server import Client, plugin_server
from tests.support.wat import assemble

NUMBERS = [
    0, 1, 7, 65_535, 65_536, 2**31 - 1, 2**31, 2**32 - 1, 2**32 - 8, 2**63 - 1, -1, -(2**63),
    0x7FF0_0000_0000_0000, 0x7FF8_0000_0000_0001,
]  # fmt: skip
RIGHTS = (
    *ALL_STORAGE, "system.time", "system.random", "system.env", "network.http_get *",
    "network.http_post *", "network.tcp_connect *",
)  # fmt: skip
CLEAN = ("trap: out of bounds memory access: ", "out of fuel: ", "the guest replied again after ",
         "misses ")  # fmt: skip
_LOAD = {
    "i32": "(i32.wrap_i64 (i64.load (i32.const 8)))",
    "i64": "(i64.load (i32.const 8))",
    "f64": "(f64.load (i32.const 8))",
}


def module() -> bytes:
    functions = []
    for name, call in FUNCTIONS.items():
        given = " ".join(_LOAD[str(kind)] for kind in call.type.parameters)
        functions.append(
            f'(func (export "t_{name}") (result i32) (local $result i32)'
            f"(drop (call $arg_i64 (i32.const 0) (i32.const 8)))"
            f"(local.set $result (call ${name} {given}))"
            f"(call $reply_int (i64.extend_i32_s (local.get $result))))"
        )
    text = f'{imports(*FUNCTIONS)} (memory (export "memory") 1) {" ".join(functions)}'
    manifest = manifest_text([], permissions=RIGHTS)
    for name in FUNCTIONS:
        words = name.replace("_", "-").upper()
        manifest += f'[[commands]]\nname = "T.{words}"\nexport = "t_{name}"\nflags = ["write"]\n'
    return assemble(text) + encoder.custom_section(SECTION_NAME, manifest.encode())


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder: Path = tmp_path_factory.mktemp("arguments")
    path, config = folder / "t.wasm", folder / "ferrite.toml"
    path.write_bytes(module())
    config.write_text("[plugins.sandbox]\nmax_cpu_ms = 50\n")
    with plugin_server("--config", str(config)) as server:
        client = server.client(3)
        assert client.ask("PLUGIN.LOAD", "t", str(path)) == "OK"
        yield client


@pytest.mark.parametrize("name", FUNCTIONS)
def test_any_number_is_answered_cleanly(client: Client, name: str) -> None:
    command = f"T.{name.replace('_', '-').upper()}"
    for number in NUMBERS:
        client.ask("SET", "k", "v")
        reply = client.ask(command, str(number))
        if isinstance(reply, CommandError):
            assert any(text in reply.text for text in CLEAN), (number, reply.text)
        else:
            assert isinstance(reply, int | list), (number, reply)
        assert client.ask("GET", "k") == b"v"
    assert client.ask("PING") == "PONG"
