"""sdk/rust: its own tests, without a warning, and what its attributes say to a mistake."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from ferrite.plugins.toolchains import sdk_folder
from ferrite.plugins.toolchains.rust import Compiler, Rust
from tests.support.require import ROOT, require
from tests.support.waiting import BUILD_SECONDS_MAX

SDK = sdk_folder("rust")
FACES = {
    "command": "fn f(ctx: &PluginContext, args: &[Value]) -> CommandResult { Ok(Value::Ok) }",
    "hook": "fn f(ctx: &HookContext) -> HookResult { HookResult::Continue }",
    "data_type": "struct T; impl Encoding for T { fn encode(&self) -> Vec<u8> { vec![] } "
    "fn decode(_: u32, _: &[u8]) -> Result<T, CommandError> { Ok(T) } }",
    "transformer": "struct W; impl TransformIn for W { fn transform_in(_: &PluginContext, "
    "_: &[u8], value: &[u8]) -> Result<Vec<u8>, CommandError> { Ok(value.to_vec()) } } "
    "impl TransformOut for W { fn transform_out(_: &PluginContext, _: &[u8], value: &[u8]) "
    "-> Result<Vec<u8>, CommandError> { Ok(value.to_vec()) } }",
    "storage_backend": "enum B {} impl StorageBackend for B { fn get(_: &PluginContext, _: &[u8]) "
    "-> Result<Option<Vec<u8>>, CommandError> { Ok(None) } fn set(_: &PluginContext, _: &[u8], "
    "_: &[u8], _: Option<u64>) -> Result<(), CommandError> { Ok(()) } fn delete(_: &PluginContext, "
    "_: &[u8]) -> Result<bool, CommandError> { Ok(false) } fn scan(_: &PluginContext, _: u64, "
    "_: &[u8], _: usize) -> Result<Page, CommandError> { Ok(Page::default()) } }",
}
MISTAKES = [
    ("command", "", '#[command] needs name = "..."'),
    ("command", 'name = "A", nam = 1', "#[command] has no `nam` (known are name, description,"),
    ("command", 'name = "A B"', '`name` is a name like "HELLO.WORLD"'),
    ("command", "name = A", "`A` is no text, number, truth or list"),
    ("command", 'name = "A" flags = ["read"]', "expected a comma after this value"),
    ("command", 'name = "A", name = "B"', "`name` is given twice"),
    ("command", "name", "`name` needs a value: `name = ...`"),
    ("command", 'name = "A", flags = "read"', '`flags` is a list of texts: ["..."]'),
    ("command", 'name = "A", flags = ["raed"]', '"raed" is none of read, write, admin,'),
    ("command", 'name = "A", flags = ["fast", "slow"]', "cannot be both fast and slow"),
    ("command", 'name = "A", min_args = -1', "`min_args` is a whole number from 0 to 2147483647"),
    ("command", 'name = "A", min_args = 2, max_args = 1', "max_args is 1, less than min_args = 2"),
    ("command", 'name = "A", arity = 3, min_args = 1', "arity counts the name too"),
    ("command", 'name = "A", last_key = 1', "last_key means nothing without first_key"),
    ("command", 'name = "A", timeout_ms = 0', "`timeout_ms` is a whole number from 1"),
    ("command", 'name = "A", permissions = ["storage.rea"]', '"storage.rea" is no right (known'),
    ("command", 'name = "A", permissions = ["system.time now"]', "system.time cannot be narrowed"),
    ("hook", 'event = "OnKeyWrit"', "`event` is one of BeforeCommand, AfterCommand, OnKeyWrite"),
    ("hook", 'event = "OnServerStartup", filter = "a"', "a filter means nothing to OnServerSt"),
    ("data_type", 'name = "T", version = "1"', "`version` is a whole number from 0"),
    ("data_type", 'name = "T", migrate = 1', "`migrate` is true or false"),
    ("transformer", 'keys = ["a:*"]', '#[transformer] needs name = "..."'),
    ("transformer", 'name = "a b"', '`name` is a name like "json": letters, digits and _ . -'),
    ("transformer", 'name = "w", keys = "a:*"', '`keys` is a list of texts: ["..."]'),
    ("transformer", 'name = "w", direction = "up"', "`direction` is one of in, out, both"),
    ("transformer", 'name = "w", priority = "1"', "`priority` is a whole number of 32 bits"),
    ("transformer", 'name = "w", prefix = "a"', "#[transformer] has no `prefix` (known are name,"),
    ("transformer", 'name = "w", permissions = ["storage"]', '"storage" is no right (known are st'),
    ("storage_backend", 'prefix = "b:"', '#[storage_backend] needs name = "..."'),
    ("storage_backend", 'name = "b"', '#[storage_backend] needs prefix = "..."'),
    ("storage_backend", 'name = "b", prefix = ""', "`prefix` is a text that is not empty"),
    ("storage_backend", 'name = "b", keys = []', "#[storage_backend] has no `keys` (known are"),
]
ITEMS = [
    ('#[command(name = "A")] struct S;', "#[command] goes on a function"),
    ('#[hook(event = "OnKeyRead")] async fn h() {}', "a #[hook] cannot be async"),
    ('#[data_type(name = "A")] fn h() {}', "#[data_type] goes on a struct or an enum"),
    ('#[data_type(name = "A")] struct G<X>(X);', "a #[data_type] cannot be generic"),
    ('#[command(name = "A")] fn h<X>() {}', "a #[command] cannot be generic"),
    ('#[transformer(name = "a")] fn h() {}', "#[transformer] goes on a struct or an enum"),
    ('#[storage_backend(name = "a", prefix = "a")] trait B {}', "#[storage_backend] goes on a s"),
    ('#[storage_backend(name = "a", prefix = "a")] enum B<X> { V(X) }', "a #[storage_backend] can"),
    ("export_plugin!();", "export_plugin! needs the functions of the plugin"),
]

UNIMPLEMENTED = r"error\[E0277\]: the trait bound `T: (?:ferrite_plugin_sdk::)?"
AT_ITEM = r" +--> src/lib\.rs:4:8"
"""The name in the second line of a source."""


def compilers() -> list[Path]:
    """The folders of every cargo with a rustc beside it."""
    places = dict.fromkeys(Path(place).resolve() for place in os.get_exec_path())
    return [p for p in places if (p / "cargo").exists() and (p / "rustc").exists()]


def cargo(folder: Path, project: Path, *words: str) -> subprocess.CompletedProcess[str]:
    target = ROOT / ".cache" / "rust" / "-".join(["check", *folder.parts[1:]])
    environment = {**os.environ, **Compiler(folder, "").environment}
    return subprocess.run(
        [folder / "cargo", *words, "--offline", "--color", "never"],
        cwd=project,
        env={**environment, "CARGO_TARGET_DIR": str(target)},
        capture_output=True,
        text=True,
        timeout=BUILD_SECONDS_MAX,
        check=False,
    )


def project(folder: Path, source: str, edition: str = "2021") -> Path:
    (folder / "src").mkdir(parents=True)
    (folder / "Cargo.toml").write_text(
        f'[package]\nname = "mistakes"\nversion = "1.0.0"\nedition = "{edition}"\n'
        f'[dependencies]\nferrite_plugin_sdk = {{ path = "{SDK}/ferrite_plugin_sdk" }}\n'
    )
    (folder / "src" / "lib.rs").write_text(
        f"#![allow(unused_imports)]\nuse ferrite_plugin_sdk::*;\n{source}"
    )
    return folder


@pytest.fixture(params=compilers(), ids=str)
def compiler(request: pytest.FixtureRequest) -> Path:
    require("rust-wasi")
    folder: Path = request.param
    return folder


def test_its_own_tests(compiler: Path) -> None:
    done = cargo(compiler, SDK, "test", "--workspace")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "warning" not in done.stderr
    assert len(re.findall(r"\d+ passed", done.stdout)) == 4


def test_mistakes(compiler: Path, tmp_path: Path) -> None:
    """Each in a module of its own and in one line: the message stands in that line."""
    lines, expected = [], []
    for face, words, message in MISTAKES:
        lines.append(f"mod m{len(lines)} {{ use crate::*; #[{face}({words})] {FACES[face]} }}")
        expected.append(message)
    for item, message in ITEMS:
        lines.append(f"mod m{len(lines)} {{ use crate::*; {item} }}")
        expected.append(message)
    done = cargo(compiler, project(tmp_path, "\n".join(lines)), "check")
    reports = re.findall(r"^error: (.*)\n +--> src/lib\.rs:(\d+):", done.stderr, re.MULTILINE)
    by_line = {int(line) - 3: text for text, line in reports}
    for number, message in enumerate(expected):
        assert message in by_line.get(number, "nothing"), (lines[number], by_line.get(number))
    assert "panicked" not in done.stderr


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (
            '#[command(name = "A")]\nfn f(ctx: &PluginContext) -> CommandResult { Ok(Value::Ok) }',
            r"error\[E0308\]: mismatched types\n +--> src/lib\.rs:4:4",
        ),
        (
            '#[command(name = "A")]\nfn listed(_: &PluginContext, _: &[Value]) -> CommandResult '
            "{ Ok(Value::Ok) }",
            r"warning: function `listed` is never used",
        ),
        ('#[data_type(name = "A")]\nstruct T;', r"`T: (ferrite_plugin_sdk::)?Encoding`"),
        *(
            (f'#[transformer(name = "a", direction = "{direction}")]\nstruct T;', message)
            for direction, message in (
                ("in", rf"{UNIMPLEMENTED}TransformIn` is not satisfied\n{AT_ITEM}"),
                ("out", rf"{UNIMPLEMENTED}TransformOut` is not satisfied\n{AT_ITEM}"),
                ("both", rf"{UNIMPLEMENTED}TransformOut` is not satisfied\n{AT_ITEM}"),
            )
        ),
        (
            '#[storage_backend(name = "a", prefix = "a")]\nstruct T;',
            rf"{UNIMPLEMENTED}StorageBackend` is not satisfied\n{AT_ITEM}",
        ),
    ],
)
def test_what_the_compiler_adds(compiler: Path, tmp_path: Path, source: str, message: str) -> None:
    done = cargo(compiler, project(tmp_path, source), "check")
    assert re.search(message, done.stderr), done.stderr


@pytest.mark.parametrize("edition", ["2018", "2021", "2024"])
def test_every_edition(compiler: Path, tmp_path: Path, edition: str) -> None:
    source = (
        f'#[command(name = "A.B", description = r#"say "hi""#, tips = [])]\n{FACES["command"]}\n'
        '#[hook(event = "OnKeyRead", priority = -3, filter = "a:*")]\n'
        "fn h(ctx: &HookContext) -> HookResult { HookResult::Continue }\n"
        f'#[data_type(name = "T", migrate = true, memory_usage = true)]\n{FACES["data_type"]}\n'
        f'#[transformer(name = "w", keys = ["a:*"], priority = -1)]\n{FACES["transformer"]}\n'
        f'#[storage_backend(name = "b", prefix = "b:")]\n{FACES["storage_backend"]}\n'
        'mod inside { use crate::*; #[command(name = "C")] pub fn c(_: &PluginContext, _: &[Value])'
        " -> CommandResult { Err(CommandError::Syntax) } }\n"
        "export_plugin!(f, h, T, W, B, inside::c);\n"
    )
    done = cargo(compiler, project(tmp_path, source, edition), "check")
    if (
        "this version of Cargo is older than" in done.stderr
        or "feature `edition2024`" in done.stderr
    ):
        pytest.skip("this cargo does not know the edition")
    assert done.returncode == 0, done.stderr
    assert "warning" not in done.stderr


def test_there_is_a_compiler() -> None:
    require("rust-wasi")
    assert Rust().unit_tests(SDK)
    assert compilers()
