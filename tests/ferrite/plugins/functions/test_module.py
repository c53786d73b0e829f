from __future__ import annotations

import hashlib

import pytest

from ferrite.plugins.functions.module import make_function
from ferrite.plugins.functions.terms import Terms
from ferrite.plugins.program import LoadError
from tests.support.functions import MEMORY, function, takes, with_section
from tests.support.plugin_guests import guest, manifest, with_manifest
from tests.support.wat import assemble
from wasm_vm import Limits

LIMITS = Limits()


def test_a_function_is_a_program_without_commands() -> None:
    binary = function("(param i32)", "")
    program = make_function("f", binary, "bytes", Terms(), LIMITS)
    assert program.shape is not None
    assert (program.manifest.commands, program.entries) == ((), {})
    assert program.manifest.package.name == program.name == "f"
    assert program.sha256 == hashlib.sha256(binary).hexdigest()
    assert program.manifest.ferrite.start == "none"


def test_its_own_manifest_says_nothing() -> None:
    binary = with_manifest(function("", ""), manifest("A.B", permissions=["network.http_get"]))
    program = make_function("f", binary, "bytes", Terms(permissions=("none",)), LIMITS)
    assert program.manifest.permissions == ()


def test_a_start_is_run_unless_it_is_the_function() -> None:
    both = assemble('(func (export "_initialize")) (func (export "f"))')
    assert make_function("f", both, "bytes", Terms(), LIMITS).manifest.ferrite.start == "auto"


@pytest.mark.parametrize(
    ("binary", "terms", "message"),
    [
        (b"\0asm", Terms(), "bytes: malformed module"),
        (b"\0asm\1\0\0\0", Terms(), "the module exports no function"),
        (
            assemble('(import "env" "fly" (func)) (func (export "f"))'),
            Terms(),
            "unknown import env.fly",
        ),
        (
            assemble(f'(import "env" "ferrite_get" (func)) {MEMORY} (func (export "f"))'),
            Terms(),
            r"import env.ferrite_get has type \[\] -> \[\], and should have",
        ),
        (
            assemble('(import "ferrite" "time_millis" (func (result i64))) (func (export "f"))'),
            Terms(),
            "exports no memory named 'memory'",
        ),
        (
            with_section(assemble('(func (export "f") (param i32 i32))'), takes("bytes")),
            Terms(),
            "it takes bytes, and the module exports no memory",
        ),
        (function("", ""), Terms(permissions=("filesystem.read",)), "needs paths"),
    ],
)
def test_what_cannot_be_a_function(binary: bytes, terms: Terms, message: str) -> None:
    with pytest.raises(LoadError, match=message):
        make_function("f", binary, "bytes", terms, LIMITS)


def test_a_plugin_has_no_older_imports() -> None:
    from ferrite.plugins.program import make_program

    binary = assemble(f'(import "ferrite" "time_millis" (func (result i64))) {MEMORY}')
    with pytest.raises(LoadError, match=r"unknown import ferrite\.time_millis"):
        make_program("p", binary, "bytes", None, LIMITS)
    assert make_program("p", guest("(i32.const 0)"), "bytes", None, LIMITS).shape is None
