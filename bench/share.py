"""What does the server add to a plugin's call, beside running the guest?

The server's CPU time for a call at a pipeline depth, less the CPU time of the same guest called in
this process with host functions that do nothing; PING in the same run gives the scale. And what
plugins cost those who do not use them: Python byte codes of a request with none and with a hundred
plugins loaded, which are counted and not timed.

    python bench/share.py [--runs 5]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Any

import redis
from measure import table
from servers import ROOT, ferrite_command, free_port, running

from ferrite.app import App
from ferrite.config import Config
from ferrite.plugins.extension import PluginExtension
from ferrite.plugins.host_api import FUNCTIONS, MODULE
from ferrite.plugins.sources import PluginSource
from plugins import build_c
from wasm_vm import Caller, HostFunction, Instance, Limits, Store, instantiate, load, prepare

DEPTH = 16
REQUESTS = 100_000
CALLS = 20_000
TICKS = os.sysconf("SC_CLK_TCK")
COMMANDS = (
    ("PING", ["PING"], ""),
    ("HELLO.WORLD", ["HELLO.WORLD", "Alice"], "hello_world"),
    ("HELLO.COUNT", ["HELLO.COUNT", "visits"], "hello_count"),
)
ANSWERS = {"arg_count": 1, "arg_read": 5}
"""What the host functions that do nothing return; 0 the others."""
PLUGINS = 100


def cpu_seconds(process: subprocess.Popen[bytes]) -> float:
    """CPU time of a process so far."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def server_cost(process: subprocess.Popen[bytes], port: int, request: list[str]) -> float:
    """Microseconds of the server's CPU time for a request."""
    before = cpu_seconds(process)
    command = f"redis-benchmark -p {port} -c 50 -P {DEPTH} -n {REQUESTS} --csv"
    subprocess.run([*command.split(), *request], check=True, stdout=subprocess.DEVNULL)
    return (cpu_seconds(process) - before) / REQUESTS * 1e6


def guest_with_stubs(module: Path) -> Instance:
    """The plugin's instance, on host functions that do nothing."""

    def stub(name: str) -> HostFunction:
        answer = ANSWERS.get(name, 0)

        def code(_caller: Caller | None, _arguments: list[Any]) -> tuple[int]:
            return (answer,)

        def leaf(_caller: Caller) -> Callable[..., int]:
            return lambda *_: answer

        return HostFunction(FUNCTIONS[name].type, name, code, code, leaf)

    valid = load(module.read_bytes())
    prepare(valid)
    names = [entry.name for entry in valid.module.imports]
    store = Store(Limits(fuel=10**15, slice=16_384), lambda: None)
    return instantiate(valid, {MODULE: {name: stub(name) for name in names}}, store=store)


def guest_cost(instance: Instance, export: str) -> float:
    """Microseconds of CPU time for a call in this process."""
    function = instance.function(export)
    for _ in range(1_000):
        function.invoke_raw([])
    before = time.process_time()
    for _ in range(CALLS):
        function.invoke_raw([])
    return (time.process_time() - before) / CALLS * 1e6


def shares(module: Path, runs: int) -> list[list[str]]:
    """A row for each command."""
    port, instance = free_port(), guest_with_stubs(module)
    costs: dict[str, list[tuple[float, float]]] = {name: [] for name, *_ in COMMANDS}
    with running(ferrite_command(port), port) as process:
        manifest = str(ROOT / "plugins" / "hello" / "plugin.toml")
        client = redis.Redis(port=port)
        client.execute_command("PLUGIN.LOAD", "hello", str(module), "MANIFEST", manifest)
        for _ in range(runs):
            for name, request, export in COMMANDS:
                inside = guest_cost(instance, export) if export else 0.0
                costs[name].append((server_cost(process, port, request), inside))
    ping = statistics.median(whole for whole, _ in costs["PING"])
    rows = []
    for name, found in costs.items():
        whole = statistics.median(each for each, _ in found)
        share = statistics.median(each - inside for each, inside in found)
        guest = statistics.median(inside for _, inside in found)
        shown = [f"{number:.2f}" for number in (whole, guest, share)]
        rows.append([name, *shown, f"**{share / ping:.1f}**"])
    return rows


async def byte_codes(plugins: int, module: bytes) -> dict[str, int]:
    """Python byte codes that a request executes in a server with so many plugins."""
    from ferrite.server.connection import Connection

    config = Config()
    config.redis.port, config.plugins.store_dir = 0, ""
    config.plugins.auto_load = config.plugins.hot_reload = False
    config.plugins.max_plugins = PLUGINS
    extension = PluginExtension()
    app = App(config, (extension,))
    await app.start()
    text = (ROOT / "plugins" / "hello" / "plugin.toml").read_text()
    for number in range(plugins):
        assert extension.manager is not None
        manifest = text
        for name, export in (("WORLD", "hello_world"), ("COUNT", "hello_count")):
            renamed = f'name = "P{number}.{name}"\nexport = "{export}"'
            manifest = manifest.replace(f'name = "HELLO.{name}"', renamed)
        with TemporaryDirectory() as folder:
            path = Path(folder, "plugin.toml")
            path.write_text(manifest)
            await extension.manager.load(f"p{number}", PluginSource(data=module), path)
    connection = Connection(app._hub)
    connection.connection_made(_Transport())
    connection.data_received(b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n")
    found = {}
    for name in ("GET", "STRLEN", "EXPIRE"):
        words = [name.encode(), b"k", *([b"100"] if name == "EXPIRE" else [])]
        request = b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words)
        for _ in range(3):
            connection.data_received(request)
        found[name] = _counted(lambda data=request: connection.data_received(data))  # type: ignore[misc]
    await app.stop()
    return found


class _Transport(asyncio.Transport):
    """Takes replies and says nothing."""

    def write(self, data: Any) -> None:
        """Take replies."""

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """There are none."""

    def get_write_buffer_size(self) -> int:
        """Nothing is ever left."""
        return 0

    def abort(self) -> None:
        """Nothing is open."""

    close = abort


def _counted(run: Callable[[], object]) -> int:
    count = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        count += event == "opcode"
        return trace

    sys.settrace(trace)
    try:
        run()
    finally:
        sys.settrace(None)
    return count


def main() -> None:
    """Build the plugin, measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    with TemporaryDirectory() as folder:
        module = build_c(Path(folder))
        rows = shares(module, given.runs)
        print(f"Microseconds of CPU time at -P {DEPTH}, median of {given.runs} runs:\n")
        print(table(["command", "server", "guest alone", "server's share", "share / PING"], rows))
        none, many = (asyncio.run(byte_codes(n, module.read_bytes())) for n in (0, PLUGINS))
    print("\nPython byte codes of a request, one a read:\n")
    head = ["request", "no plugin", f"{PLUGINS} plugins"]
    print(table(head, [[name, str(none[name]), str(many[name])] for name in none]))


if __name__ == "__main__":
    main()
