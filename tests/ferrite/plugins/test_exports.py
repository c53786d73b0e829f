"""Which export answers which command: each rule, its order, and what is refused."""

from __future__ import annotations

import pytest

from ferrite.plugins.exports import (
    DISPATCH_TYPE,
    ENTRY_TYPES,
    Entry,
    candidates,
    entry_point_names,
    find_entries,
    function_exports,
    manifest_of_exports,
)
from ferrite.plugins.manifest import Manifest, parse_manifest
from tests.support.wat import load
from wasm_vm import F32, I32, FunctionType

ENTRY, PROCEDURE = ENTRY_TYPES
OTHER = FunctionType((I32,), (I32,))


def manifest(*commands: str) -> Manifest:
    text = '[package]\nname = "p"\n'
    for command in commands:
        name, _, export = command.partition("=")
        text += f'[[commands]]\nname = "{name}"\n' + (f'export = "{export}"\n' if export else "")
    return parse_manifest(text, "plugin.toml")


def test_candidates() -> None:
    assert candidates("HELLO.WORLD") == ["HELLO.WORLD", "hello_world", "helloWorld"]
    assert candidates("BF.M-ADD--X") == ["BF.M-ADD--X", "bf_m_add_x", "bfMAddX"]
    assert candidates("MYMGET") == ["MYMGET", "mymget"]


@pytest.mark.parametrize("kind", ENTRY_TYPES)
@pytest.mark.parametrize("export", ["HELLO.WORLD", "hello_world", "helloWorld"])
def test_each_default_name_is_found(export: str, kind: FunctionType) -> None:
    assert find_entries(manifest("HELLO.WORLD"), {export: kind}) == {"HELLO.WORLD": Entry(export)}


def test_the_order_of_the_rules() -> None:
    exports = dict.fromkeys(("helloWorld", "hello_world", "HELLO.WORLD", "mine"), ENTRY)
    exports["ferrite_dispatch"] = DISPATCH_TYPE
    found = []
    for expected in ("HELLO.WORLD", "hello_world", "helloWorld", "ferrite_dispatch"):
        entry = find_entries(manifest("HELLO.WORLD"), exports)["HELLO.WORLD"]
        found.append(entry.export)
        del exports[expected]
    assert found == ["HELLO.WORLD", "hello_world", "helloWorld", "ferrite_dispatch"]
    assert find_entries(manifest("HELLO.WORLD=mine"), exports) == {"HELLO.WORLD": Entry("mine")}


def test_the_manifest_comes_first() -> None:
    exports = {"HELLO.WORLD": ENTRY, "mine": ENTRY}
    assert find_entries(manifest("HELLO.WORLD=mine"), exports)["HELLO.WORLD"] == Entry("mine")


def test_an_export_of_another_signature_is_passed_over() -> None:
    exports = {"HELLO.WORLD": OTHER, "hello_world": ENTRY}
    assert find_entries(manifest("HELLO.WORLD"), exports)["HELLO.WORLD"] == Entry("hello_world")


def test_dispatch_gets_kind_index_and_method() -> None:
    exports = {"ferrite_dispatch": DISPATCH_TYPE, "b": ENTRY}
    assert find_entries(manifest("A", "B", "C"), exports) == {
        "A": Entry("ferrite_dispatch", (0, 0, 0)),
        "B": Entry("b"),
        "C": Entry("ferrite_dispatch", (0, 2, 0)),
    }


@pytest.mark.parametrize(
    ("commands", "exports", "message"),
    [
        (
            ["A", "X.Y"],
            {"a": ENTRY, "x_y": FunctionType((F32,), ()), "z": PROCEDURE},
            "plugin.toml:6: commands[1].name X.Y needs an exported function 'X.Y' or 'x_y' or 'xY' "
            "of type [] -> [i32] or [] -> []; "
            "exported are: a [] -> [i32]; x_y [f32] -> []; z [] -> []",
        ),
        (
            ["A=b"],
            {"b": OTHER, "a": ENTRY, "ferrite_dispatch": DISPATCH_TYPE},
            "plugin.toml:5: commands[0].export A needs an exported function 'b' of type",
        ),
        (
            ["A"],
            {"ferrite_dispatch": ENTRY},
            "plugin.toml:4: commands[0].name A needs",
        ),
        (["A"], {}, "plugin.toml:4: commands[0].name A needs an exported function 'A' or 'a' of "),
        (
            ["A.B", "A_B"],
            {"a_b": ENTRY},
            "plugin.toml:6: commands[1].name A_B and A.B both mean the export 'a_b'",
        ),
    ],
)
def test_none_or_two_matches_are_refused(
    commands: list[str], exports: dict[str, FunctionType], message: str
) -> None:
    with pytest.raises(ValueError, match=r"commands") as caught:
        find_entries(manifest(*commands), exports)
    assert str(caught.value).startswith(message)


def test_two_commands_may_name_one_export() -> None:
    found = find_entries(manifest("A=f", "B=f"), {"f": ENTRY})
    assert found == {"A": Entry("f"), "B": Entry("f")}


def test_many_exports_are_not_all_shown() -> None:
    exports = {f"f{i}": ENTRY for i in range(100)}
    with pytest.raises(ValueError, match="and 88 more"):
        find_entries(manifest("A"), exports)


def test_function_exports_of_a_module() -> None:
    module = load(
        """(import "ferrite_v1" "arg_count" (func $imported (result i32)))
        (memory (export "memory") 1)
        (global (export "g") i32 (i32.const 0))
        (func (export "f") (param i32) (result i32) (i32.const 0))
        (export "again" (func $imported))"""
    )
    assert function_exports(module.module) == {
        "f": FunctionType((I32,), (I32,)),
        "again": FunctionType((), (I32,)),
    }


def test_commands_of_a_module_without_a_manifest() -> None:
    exports = {
        "hello_world": ENTRY,
        "helloCount": PROCEDURE,
        "BF.ADD": ENTRY,
        "add": OTHER,
        "_initialize": PROCEDURE,
        "ferrite_on_load": ENTRY,
        "__wasm_call_ctors": PROCEDURE,
    }
    found = manifest_of_exports("t", exports)
    assert {c.name: c.export for c in found.commands} == {
        "HELLO.WORLD": "hello_world",
        "HELLO.COUNT": "helloCount",
        "BF.ADD": "BF.ADD",
    }
    assert found.permissions == ()
    with pytest.raises(ValueError, match=r"'a_b' and 'aB' both mean the command A\.B"):
        manifest_of_exports("t", {"a_b": ENTRY, "aB": ENTRY})


def test_what_a_build_keeps() -> None:
    names = entry_point_names(manifest("X.Y", "Z=zed"))
    assert {"X.Y", "x_y", "xY", "zed", "_initialize", "ferrite_dispatch"} <= names
    assert "Z" not in names
