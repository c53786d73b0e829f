"""What a program asks for, uses and changes, without running it."""

from __future__ import annotations

from ferrite.permissions import Grant, Right
from ferrite.plugins.inspection import changes, inspect, rights_used
from ferrite.plugins.program import Program, make_program
from ferrite.plugins.rights import make_rights
from tests.support.plugin_guests import guest
from wasm_vm import Limits


def program(*used: str, permissions: tuple[str, ...] = (), name: str = "T.RUN") -> Program:
    binary = guest("(i32.const 0)", *used, permissions=permissions, name=name)
    return make_program("t", binary, "f", None, Limits())


def test_rights_follow_from_the_imports() -> None:
    found = program("get", "incr_by", "time_ms", "reply_ok")
    wanted = [Right.STORAGE_READ, Right.STORAGE_WRITE, Right.SYSTEM_TIME]
    assert rights_used(found, Grant()) == wanted


def test_unused_and_missing() -> None:
    found = program("get", "set", permissions=("storage.read", "system.random"))
    rights = make_rights(found.manifest.permissions, None, None, ("*",), "t")
    told = inspect(found, rights, None)
    assert told[b"permissions_unused"] == [b"system.random"]
    assert told[b"permissions_missing"] == [b"storage.write"]
    assert b"changes" not in told


def test_changes() -> None:
    one, two = program("get"), program("get", name="U.RUN", permissions=("storage.read",))
    assert changes(one, one) == []
    assert changes(one, two) == [
        "the module's bytes",
        "+command U.RUN",
        "-command T.RUN",
        "+permission storage.read",
    ]
