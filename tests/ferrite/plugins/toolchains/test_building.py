"""From a folder of C to one file that is a whole plugin."""

from __future__ import annotations

from pathlib import Path

import pytest

import wasm_vm
from ferrite.plugins.manifest import SECTION_NAME
from ferrite.plugins.toolchains import BuildError, build_binary, build_plugin
from tests.support.guest_projects import copied
from tests.support.require import ROOT

HELLO = ROOT / "plugins" / "hello"
SOURCE = """#include "ferrite.h"
FERRITE_COMMAND(x_y) { return ferrite_reply_ok(); }
"""
MANIFEST = '[package]\nname = "x"\n[[commands]]\nname = "X.Y"\n'


def folder(tmp_path: Path, source: str = SOURCE, manifest: str = MANIFEST) -> Path:
    (tmp_path / "x.c").write_text(source)
    (tmp_path / "plugin.toml").write_text(manifest)
    return tmp_path


def test_the_module_is_a_whole_plugin() -> None:
    module = wasm_vm.load(build_binary(HELLO)).module
    assert [export.name for export in module.exports] == ["memory", "hello_world", "hello_count"]
    assert {entry.module for entry in module.imports} == {"ferrite_v1"}
    assert module.custom(SECTION_NAME) == (HELLO / "plugin.toml").read_bytes()


def test_a_build_is_reproducible() -> None:
    assert build_binary(HELLO) == build_binary(HELLO)


def test_where_it_is_written(tmp_path: Path) -> None:
    source = copied(HELLO, tmp_path / "greeter")
    assert build_plugin(source) == tmp_path / "greeter" / "greeter.wasm"
    assert build_plugin(source, tmp_path / "out.wasm") == tmp_path / "out.wasm"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["greeter", "out.wasm"]
    with pytest.raises(BuildError, match=r"none/out\.wasm: No such file"):
        build_plugin(source, tmp_path / "none" / "out.wasm")


def test_several_sources_are_one_plugin(tmp_path: Path) -> None:
    folder(
        tmp_path,
        '#include "ferrite.h"\nint answer(void);\n'
        "FERRITE_COMMAND(x_y) { return ferrite_reply_int(answer()); }",
    )
    (tmp_path / "y.c").write_text("int answer(void) { return 42; }")
    assert build_binary(tmp_path)


@pytest.mark.parametrize(
    ("source", "manifest", "message"),
    [
        ("int x_y(void) { return 1 }", MANIFEST, 'x.c:1:26: Expected ";"'),
        ("int x_y(int a) { return a; }", MANIFEST, "X.Y needs an exported function"),
        ("int z(void) { return 1; }", MANIFEST, "the module exports no function"),
        (SOURCE, "[package]\n", "plugin.toml:1: package needs a name"),
        (SOURCE, MANIFEST + "flag = 1\n", "plugin.toml:5: commands[0].flag is no known key"),
        (
            SOURCE,
            MANIFEST + '[[storage_backends]]\nname = "b"\nprefix = "b:"',
            "b needs an exported function 'b_get'",
        ),
        (
            "extern int ferrite_fly(void); int x_y(void) { return ferrite_fly(); }",
            MANIFEST,
            "unknown import ferrite_v1.fly",
        ),
        (
            "extern int ferrite_get(int); int x_y(void) { return ferrite_get(1); }",
            MANIFEST,
            "import ferrite_v1.get has type [i32] -> [i32], "
            "and should have [i32 i32 i32 i32] -> [i32]",
        ),
        ("static char a[200000000]; int x_y(void) { return a[1]; }", MANIFEST, None),
    ],
)
def test_errors(tmp_path: Path, source: str, manifest: str, message: str | None) -> None:
    folder(tmp_path, source, manifest)
    if message is None:
        assert build_binary(tmp_path)
        return
    with pytest.raises(BuildError) as caught:
        build_plugin(tmp_path)
    assert message in str(caught.value)
    assert "Traceback" not in str(caught.value)
    assert not list(tmp_path.glob("*.wasm"))


def test_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="is no plugin project of a known language"):
        build_binary(tmp_path)
    with pytest.raises(BuildError, match="none: there is no such folder"):
        build_binary(tmp_path / "none")
    (tmp_path / "plugin.toml").mkdir()
    (tmp_path / "x.c").write_text(SOURCE)
    with pytest.raises(BuildError, match=r"plugin\.toml: Is a directory"):
        build_binary(tmp_path)
