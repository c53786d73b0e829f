"""A plugin read and checked: what is refused before anything of it has run."""

from __future__ import annotations

import pytest

from ferrite.plugins import encoder
from ferrite.plugins.limits import LIMITS
from ferrite.plugins.program import LoadError, ManifestText, Program, decode_text, make_program
from tests.support.plugin_guests import manifest, module, with_manifest
from tests.support.wat import assemble
from wasm_vm import Limits

RUN = '(func (export "T.RUN") (result i32) (i32.const 0))'


def make(binary: bytes, text: str | None = None) -> Program:
    given = None if text is None else ManifestText(text, "given.toml")
    return make_program("t", binary, "t.wasm", given, Limits())


def refusal(binary: bytes, text: str | None = None) -> str:
    with pytest.raises(LoadError) as caught:
        make(binary, text)
    return str(caught.value)


def test_the_manifest_of_the_custom_section() -> None:
    program = make(with_manifest(module(RUN), manifest("T.RUN")))
    assert program.manifest.package.version == "1.2.3"
    assert program.entries["T.RUN"].export == "T.RUN"
    assert len(program.sha256) == 64


def test_a_manifest_that_is_given_replaces_it() -> None:
    binary = with_manifest(module(RUN), manifest("T.RUN"))
    text = '[package]\nname = "other"\n[[commands]]\nname = "X"\nexport = "T.RUN"'
    program = make(binary, text)
    assert [command.name for command in program.manifest.commands] == ["X"]
    assert program.manifest.permissions == ()


def test_without_a_manifest_the_exports_are_the_commands() -> None:
    program = make(module('(func (export "hello_world") (result i32) (i32.const 0))'))
    assert [command.name for command in program.manifest.commands] == ["HELLO.WORLD"]
    assert program.manifest.permissions == ()


@pytest.mark.parametrize(
    ("binary", "message"),
    [
        (b"", "t.wasm: malformed module: "),
        (b"\0asm\2\0\0\0", "t.wasm: malformed module: "),
        (b"not a module at all", "t.wasm: malformed module: "),
    ],
)
def test_garbage_is_refused_with_its_offset(binary: bytes, message: str) -> None:
    text = refusal(binary)
    assert text.startswith(message)
    assert "at byte 0x" in text


def test_every_truncation_is_refused() -> None:
    binary = with_manifest(module(RUN), manifest("T.RUN"))
    whole = make(binary)
    refused = 0
    for size in range(len(binary)):
        try:
            program = make(binary[:size], manifest("T.RUN"))
        except LoadError:
            refused += 1
        else:
            assert program.entries == whole.entries, "cut between two sections"
    assert refused > len(binary) // 2


def test_an_invalid_module_is_refused() -> None:
    function_type = encoder.section(encoder.TYPE, encoder.vector([encoder.function_type([], [])]))
    function = encoder.section(encoder.FUNCTION, encoder.vector([b"\0"]))
    code = encoder.section(encoder.CODE, encoder.vector([encoder.sized(b"\0\x6a\x0b")]))
    text = refusal(encoder.PREAMBLE + function_type + function + code)
    assert text.startswith("t.wasm: invalid module: ")
    assert "at byte 0x" in text


@pytest.mark.parametrize(
    ("imports", "named"),
    [
        ('(import "ferrite_v1" "zget" (func))', "ferrite_v1.zget"),
        ('(import "ferrite_v2" "get" (func))', "ferrite_v2.get"),
        ('(import "env" "memory" (memory 1))', "env.memory"),
        ('(import "ferrite_v1" "get" (global i32))', "ferrite_v1.get"),
        ('(import "wasi_snapshot_preview1" "spawn" (func))', "wasi_snapshot_preview1.spawn"),
        (
            '(import "a" "b" (func)) (import "c" "d" (func))',
            "a.b, c.d; offered are ferrite_v1, wasi_snapshot_preview1, env",
        ),
    ],
)
def test_an_unknown_import_is_refused_by_name(imports: str, named: str) -> None:
    memory = "" if "(memory" in imports else '(memory (export "memory") 1)'
    text = refusal(assemble(f"{imports} {memory} {RUN}"), manifest("T.RUN"))
    assert text.startswith(f"unknown import {named}")


def test_an_import_of_another_type_is_refused_with_both() -> None:
    text = '(import "ferrite_v1" "exists" (func (param i64) (result i32)))'
    message = refusal(assemble(f'{text} (memory (export "memory") 1) {RUN}'), manifest("T.RUN"))
    expected = "has type [i64] -> [i32], and should have [i32 i32] -> [i32]"
    assert message == f"import ferrite_v1.exists {expected}"


def test_an_import_without_a_memory_to_talk_through_is_refused() -> None:
    binary = assemble(f'(import "ferrite_v1" "arg_count" (func (result i32))) {RUN}')
    assert refusal(binary) == "the module exports no memory named 'memory'"


TABLES = {
    "hooks": ('event = "OnKeyRead"', "'on_key_read'"),
    "transformers": ('name = "gzip"', "'gzip_in'"),
    "storage_backends": ('name = "s3"\nprefix = "s3:"', "'s3_get'"),
}


@pytest.mark.parametrize("table", TABLES)
def test_a_table_needs_its_functions(table: str) -> None:
    keys, wanted = TABLES[table]
    text = manifest("T.RUN", extra=f"[[{table}]]\n{keys}\n")
    message = refusal(module(RUN), text)
    assert f"{table}[0]." in message
    assert "needs an exported function" in message
    assert wanted in message


@pytest.mark.parametrize("right", ["filesystem.read", "filesystem.write"])
def test_a_right_to_files_without_paths_is_refused_by_name(right: str) -> None:
    message = refusal(module(RUN), manifest("T.RUN", permissions=["storage.read", right]))
    assert "given.toml:" in message
    assert f"permissions[1] {right} needs paths" in message


def test_a_newer_server_than_this_is_refused() -> None:
    text = manifest("T.RUN", extra='[package.ferrite]\nmin_version = "99.0.0"\n')
    message = refusal(module(RUN), text)
    assert "package.ferrite.min_version is 99.0.0, newer than this server (" in message


def test_bad_manifests() -> None:
    assert "is no known key" in refusal(module(RUN), '[package]\nname = "x"\nfoo = 1')
    bad = module(RUN) + encoder.custom_section("ferrite-manifest", b"\xff")
    assert refusal(bad) == "ferrite-manifest: is no UTF-8 text (byte 0)"
    with pytest.raises(ValueError, match="a manifest may have"):
        decode_text(b"#" * (LIMITS.manifest_bytes_max + 1), "m")


def test_a_module_beyond_its_bound_is_refused_unread() -> None:
    assert "has more than" in refusal(b"\0" * (LIMITS.module_bytes_max + 1))
