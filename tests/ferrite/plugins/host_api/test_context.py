"""Rights and bounds at the border: who may touch which key, and where a guest may point."""

from __future__ import annotations

import pytest

from ferrite.access.selector import Reason
from ferrite.access.user import User
from ferrite.commands import BUILT_IN
from ferrite.errors import CommandError
from ferrite.permissions import WRITING, Grant, Permission, Right
from ferrite.plugins.host_api import FUNCTIONS
from ferrite.plugins.host_api.context import ErrorCode, GuestError, HostContext, Invocation
from ferrite.plugins.host_api.declaration import _key
from ferrite.protocol.replies import OK
from ferrite.session import Session
from tests.support.plugin_bench import plugin_bench
from tests.support.plugin_guests import ALL_STORAGE, data, guest, manifest, module, with_manifest
from wasm_vm import I32

GUARDED = sorted(name for name, call in FUNCTIONS.items() if call.needs)
OF_KEYS = [name for name in GUARDED if any(kind.take is _key for kind in FUNCTIONS[name].kinds)]
TYPES = '[[data_types]]\nname = "abc"\n'
"""What the text that all functions are given names."""
ALL = (*ALL_STORAGE, "system.time", "system.random", "system.env")


def status_of(name: str) -> str:
    """Call a host function on the key "abc", and on the type "abc" where it takes one, with zeros
    for the rest; its result is the reply."""
    types = FUNCTIONS[name].type.parameters
    sizes = (1, 3) if name.startswith("typed_") else (1,)
    operands = ["(i32.const 3)" if i in sizes else f"({t}.const 0)" for i, t in enumerate(types)]
    called = f"(call ${name} {' '.join(operands)})"
    return f"(call $reply_int (i64.extend_i32_s {called}))) {data(0, 'abc')} (func"


@pytest.mark.parametrize("name", GUARDED)
def test_without_its_permission_every_function_is_denied(name: str) -> None:
    needed = {right.value for right in FUNCTIONS[name].needs}
    for missing in needed:
        rest = [right for right in ALL if right != missing]
        binary = guest(status_of(name), name, "reply_int", extra=TYPES, permissions=rest)
        with plugin_bench(binary) as bench:
            bench.keyspace.set(b"abc", b"5")
            assert bench.reply("T.RUN") == -2
            assert bench.keyspace.get(b"abc") == b"5"


@pytest.mark.parametrize("name", GUARDED)
def test_with_its_permission_no_function_is_denied(name: str) -> None:
    needed = [right.value for right in FUNCTIONS[name].needs]
    binary = guest(status_of(name), name, "reply_int", extra=TYPES, permissions=needed)
    with plugin_bench(binary) as bench:
        assert bench.reply("T.RUN") != -2


@pytest.mark.parametrize("name", [name for name in GUARDED if WRITING & set(FUNCTIONS[name].needs)])
def test_a_command_without_the_flag_write_writes_nothing(name: str) -> None:
    for flags in ((), ("read",), ("readonly",), ("admin", "fast")):
        binary = guest(
            status_of(name), name, "reply_int", extra=TYPES, permissions=ALL, flags=flags
        )
        with plugin_bench(binary) as bench:
            assert bench.reply("T.RUN") == -2
            assert len(bench.keyspace) == 0


@pytest.mark.parametrize(
    ("patterns", "allowed"),
    [
        ("storage.read abc", True),
        ("storage.read a*", True),
        ("storage.read x* a?c", True),
        ("storage.read x*", False),
        ("storage.read * !ab*", False),
        ("storage.read !x*", True),
        ("storage.read !abc", False),
    ],
)
def test_key_patterns_narrow_a_permission(patterns: str, allowed: bool) -> None:
    binary = guest(status_of("exists"), "exists", "reply_int", permissions=[patterns])
    with plugin_bench(binary) as bench:
        bench.keyspace.set(b"abc", b"5")
        assert bench.reply("T.RUN") == (1 if allowed else -2)


def test_a_denial_of_one_entry_beats_the_others() -> None:
    permissions = ["storage.read", "storage.read !abc"]
    binary = guest(status_of("exists"), "exists", "reply_int", permissions=permissions)
    with plugin_bench(binary) as bench:
        assert bench.reply("T.RUN") == -2


def test_the_default_grant_narrows_what_a_manifest_asks() -> None:
    with plugin_bench() as bench:
        bench.config.plugins.default_grant = ("storage.read",)
        bench.load(guest(status_of("exists"), "exists", "reply_int"))
        bench.load(guest(status_of("delete"), "delete", "reply_int", name="U.RUN"), name="u")
        assert bench.reply("T.RUN") == 0
        assert bench.reply("U.RUN") == -2
        info = bench.reply("PLUGIN.INFO", "u")
        assert isinstance(info, dict)
        assert info[b"permissions"] == [b"storage.read"]


FAR = [(0xFFFFFFFF, 1), (65_536, 1), (65_535, 2), (0, 0x7FFFFFFF), (1, 65_536)]


@pytest.mark.parametrize(("address", "length"), FAR)
@pytest.mark.parametrize("name", ["set", "get", "reply_bulk", "log", "context"])
def test_a_pointer_out_of_the_memory_is_a_trap(name: str, address: int, length: int) -> None:
    types = FUNCTIONS[name].type.parameters
    first = 1 if name == "log" else 0
    operands = [f"({kind}.const 0)" for kind in types]
    operands[first : first + 2] = [f"(i32.const {address})", f"(i32.const {length})"]
    with plugin_bench(guest(f"(call ${name} {' '.join(operands)})", name)) as bench:
        answer = bench.reply("T.RUN")
        assert isinstance(answer, CommandError)
        assert answer.text.startswith("ERR plugin 't': trap: out of bounds memory access")
        assert len(bench.keyspace) == 0


def test_an_answer_out_of_the_memory_is_a_trap_and_undoes_the_call() -> None:
    body = """(drop (call $incr_by (i32.const 0) (i32.const 3) (i64.const 1) (i32.const 0)))
        (call $incr_by (i32.const 0) (i32.const 3) (i64.const 1) (i32.const 65530))"""
    with plugin_bench(guest(body, "incr_by")) as bench:
        answer = bench.reply("T.RUN")
        assert isinstance(answer, CommandError)
        assert "trap: out of bounds memory access" in answer.text
        assert len(bench.keyspace) == 0


def test_keys_are_out_of_reach_while_a_guest_starts() -> None:
    code = module(
        """(func (export "_initialize")
            (drop (call $set (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 1))))
        (func (export "T.RUN") (result i32) (i32.const 0))""",
        "set",
    )
    with plugin_bench(with_manifest(code, manifest("T.RUN"))) as bench:
        assert len(bench.keyspace) == 0
        assert bench.reply("T.RUN") == OK


def test_every_parameter_of_the_table_is_a_number_of_the_abi() -> None:
    """All pointers, lengths, counts and results are i32."""
    for call in FUNCTIONS.values():
        assert call.type.results == (I32,)
        assert call.summary


@pytest.mark.parametrize("name", OF_KEYS)
def test_what_the_caller_may_not_its_plugin_may_not(name: str) -> None:
    """The rights of the client whose command runs bound those of the plugin, key by key."""
    writes = bool(WRITING & set(FUNCTIONS[name].needs))
    reads = bool(set(FUNCTIONS[name].needs) - WRITING)
    binary = guest(status_of(name), name, "reply_int", extra=TYPES, permissions=ALL)
    for rules, denied in (
        ("~other", True),
        ("%R~abc", writes),
        ("%W~abc", reads),
        ("~abc", False),
    ):
        with plugin_bench(binary) as bench:
            bench.keyspace.set(b"abc", b"5")
            bench.reply("ACL", "SETUSER", "bob", "on", "nopass", "+@all", rules)
            bench.reply("AUTH", "bob", "x")
            assert (bench.reply("T.RUN") == -2) == denied, rules
            log = [
                (entry.reason, entry.context, entry.object, entry.user)
                for entry in bench.state.access_log
            ]
            assert log == [(Reason.KEY, "module", b"abc", b"bob")] * denied


def test_the_refusal_names_user_and_key() -> None:
    context = HostContext("p", "1", Grant([Permission(Right.STORAGE_READ)]), lambda *line: None)
    user = User(b"bob", BUILT_IN, all_channels=False)
    context.invocation = Invocation("command", session=Session(1, user))
    with pytest.raises(GuestError, match=r"^NOPERM user 'bob' may not read the key 'k'$") as caught:
        context.require_key(Right.STORAGE_READ, b"k")
    assert caught.value.code is ErrorCode.DENIED
    context.invocation = Invocation("load")
    context.require_key(Right.STORAGE_READ, b"k")
