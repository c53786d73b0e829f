"""`//export` comments: what is found, what is generated, what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from ferrite.plugins.exports import candidates, hook_candidates, method_candidates
from ferrite.plugins.manifest import Manifest, parse_manifest
from ferrite.plugins.toolchains import BuildError
from ferrite.plugins.toolchains.go_exports import (
    FILE_NAME,
    GoExport,
    exports_file,
    find_exports,
    other_spelling,
    write_exports,
)

HEAD = 'package main\nimport "github.com/ferrite/plugin-sdk-go"\n'
COMMAND = "(ctx *plugin.Context, args []plugin.Value) plugin.Result {"
HOOK = "(ctx *plugin.HookContext) plugin.HookResult {"


def found(source: str) -> list[tuple[str, str, bool]]:
    return [(e.name, e.function, e.is_hook) for e in find_exports(source, "main.go")]


def test_commands_and_hooks() -> None:
    source = HEAD + (
        f"//export a_b\nfunc ab{COMMAND} return nil }}\n"
        f"//export on_key_write\n// and more\n\nfunc\tguard {HOOK} }}\n"
        f"// export c\nfunc c() {{}}\n\t//export d\nfunc d() {{}}\n"
    )
    assert found(source) == [("a_b", "ab", False), ("on_key_write", "guard", True)]


@pytest.mark.parametrize(
    "signature",
    [
        "(*plugin.Context, []plugin.Value) plugin.Result {",
        "(_ *plugin.Context, _ []plugin.Value) plugin.Result{",
        "(\n\tctx *plugin.Context,\n\targs []plugin.Value,\n) plugin.Result {",
    ],
)
def test_spellings_of_a_signature(signature: str) -> None:
    assert found(f"{HEAD}//export a\nfunc a{signature}") == [("a", "a", False)]


def test_names_of_the_package() -> None:
    renamed = HEAD.replace('"github', 'sdk "github')
    signature = COMMAND.replace("plugin.", "sdk.")
    assert found(f"{renamed}//export a\nfunc a{signature}")
    dotted = 'package main\nimport (\n\t. "github.com/ferrite/plugin-sdk-go"\n)\n'
    assert found(f"{dotted}//export a\nfunc a(x *Context, y []Value) Result {{")
    grouped = 'package main\nimport (\n\t"strings"\n\t"github.com/ferrite/plugin-sdk-go"\n)\n'
    assert found(f"{grouped}//export a\nfunc a{COMMAND}")


def test_texts_and_comments_are_no_code() -> None:
    source = HEAD + (
        f"/*\n//export a\nfunc a{COMMAND}\n*/\nvar s = `\n//export b\nfunc b() {{`\n"
        f'var q = \'`\'\nvar r = "`\\""\n//export c\nfunc c{COMMAND} }}'
    )
    assert found(source) == [("c", "c", False)]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (f"{HEAD}//export a\nvar x = 1", "main.go:3: //export a has to stand before a function"),
        (
            f"{HEAD}//export a\nfunc b(name string) string {{",
            "main.go:3: //export a: b is func(name string) string, and has to be "
            "func(ctx *plugin.Context, args []plugin.Value) plugin.Result or, for a hook, "
            "func(ctx *plugin.HookContext) plugin.HookResult",
        ),
        (f"{HEAD}//export a\nfunc a{COMMAND.replace('[]', '...')}", "args ...plugin.Value"),
        (f"{HEAD}//export a\nfunc (t T) a{COMMAND}", "has to stand before a function"),
        (f"package x\n//export a\nfunc a{COMMAND}", "only package main has exports"),
    ],
)
def test_errors(source: str, message: str) -> None:
    with pytest.raises(BuildError) as caught:
        find_exports(source, "main.go")
    assert message in str(caught.value)


def manifest(extra: str = "") -> Manifest:
    tables = '[[commands]]\nname = "HELLO.WORLD"\n' + extra
    return parse_manifest(f'[package]\nname = "x"\n{tables}', "plugin.toml")


METHODS = (
    '[[transformers]]\nname = "upper"\n[[storage_backends]]\nname = "b-c"\nprefix = "b:"\n'
    '[[data_types]]\nname = "BLOOM"\n'
)


def test_the_other_spelling_is_one_the_host_looks_for() -> None:
    whole = manifest(METHODS)
    for name, is_hook, expected, names in (
        ("hello_world", False, "HELLO.WORLD", candidates("HELLO.WORLD")),
        ("HELLO.WORLD", False, "hello_world", candidates("HELLO.WORLD")),
        ("on_key_write", True, "OnKeyWrite", hook_candidates("OnKeyWrite")),
        ("upper_in", False, "upperIn", method_candidates("upper", "in")),
        ("b_c_get", False, "b-c_get", method_candidates("b-c", "get")),
        ("bloom_migrate", False, "BLOOM_migrate", method_candidates("BLOOM", "migrate")),
    ):
        spelling = other_spelling(GoExport(name, "f", is_hook), whole)
        assert spelling == expected != name
        assert spelling in names


def test_names_that_stay() -> None:
    named = manifest('[[commands]]\nname = "X"\nexport = "run_x"\n')
    assert other_spelling(GoExport("run_x", "f", False), named) == "run_x"
    assert other_spelling(GoExport("unknown", "f", False), named) == "unknown"
    assert other_spelling(GoExport("unknown", "f", True), named) == "unknown"


def test_without_a_manifest_the_comment_names_the_command() -> None:
    assert other_spelling(GoExport("hello_world", "f", False), None) == "HELLO.WORLD"
    assert other_spelling(GoExport("helloWorld", "f", False), None) == "HELLO.WORLD"


def test_the_file() -> None:
    exports = [GoExport("hello_world", "f", False), GoExport("on_key_read", "g", True)]
    assert exports_file(exports, manifest()).splitlines()[6:] == [
        "//go:wasmexport HELLO.WORLD",
        "func ferriteEntry0() int32 { return ferrite.RunCommand(f) }",
        "",
        "//go:wasmexport OnKeyRead",
        "func ferriteEntry1() int32 { return ferrite.RunHook(g) }",
    ]


def test_it_is_written_once(tmp_path: Path) -> None:
    (tmp_path / "main.go").write_text(f"{HEAD}//export hello_world\nfunc f{COMMAND} }}")
    (tmp_path / "main_test.go").write_text("//export x\n")
    path = write_exports(tmp_path, manifest())
    assert path == tmp_path / FILE_NAME
    before = path.stat().st_mtime_ns
    assert write_exports(tmp_path, manifest()).stat().st_mtime_ns == before
    (tmp_path / "more.go").write_text(f"{HEAD}//export hello_world\nfunc g{COMMAND} }}")
    with pytest.raises(BuildError, match="two functions have the comment `//export hello_world`"):
        write_exports(tmp_path, manifest())


def test_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="no function has an `//export NAME` comment"):
        write_exports(tmp_path, None)
    (tmp_path / "main.go").write_bytes(b"package main // \xff")
    with pytest.raises(BuildError, match=r"main\.go: is no UTF-8 text \(byte 16\)"):
        write_exports(tmp_path, None)
