"""The listings in Go and TypeScript: unchanged, built, and run by a real server."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.guest_projects import built, copied
from tests.support.plugin_server import Client, plugin_server
from tests.support.require import ROOT, require
from tests.support.waiting import BUILD_SECONDS_MAX

PAGE = ROOT.parent / "shared" / "plugin-system.md"
LISTINGS = ROOT / "tests" / "listings"
SOURCES = {"go": "hello/main.go", "typescript": "hello/src/index.ts"}
TOOLS = {"go": "go", "typescript": "assemblyscript"}


@pytest.mark.parametrize("language", SOURCES)
def test_a_listing_is_unchanged(language: str) -> None:
    if not PAGE.exists():
        pytest.skip("the page is not beside this checkout")
    found = re.search(rf"```{language}\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert found
    assert (LISTINGS / language / SOURCES[language]).read_text() == found[1]


@pytest.fixture(scope="module", params=SOURCES)
def client(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Client]:
    require(TOOLS[request.param])
    module = tmp_path_factory.mktemp(request.param) / "hello.wasm"
    module.write_bytes(built(LISTINGS / request.param / "hello"))
    with plugin_server("--plugin", str(module)) as server:
        yield server.client()


def test_it_answers(client: Client) -> None:
    assert client.ask("HELLO.WORLD", "Alice") == b"Hello, Alice!"
    assert client.ask("HELLO.WORLD") == b"Hello, World!"
    assert client.ask("hello.world", "") == b"Hello, !"
    assert client.ask("HELLO.WORLD", "a\0é") == "Hello, a\0é!".encode()


def test_the_command_of_the_listing(tmp_path: Path) -> None:
    """`npm run asbuild`, in a project as the listing has it."""
    require("assemblyscript")
    npm = shutil.which("npm")
    assert npm
    project = copied(LISTINGS / "typescript" / "hello", tmp_path / "hello")
    driver = ROOT / "sdk" / "typescript" / "bin" / "ferrite-asc.mjs"
    package = project / "package.json"
    package.write_text(package.read_text().replace('"ferrite-asc"', f'"node {driver}"'))
    subprocess.run(
        [npm, "run", "asbuild"],
        cwd=project,
        check=True,
        timeout=BUILD_SECONDS_MAX,
        capture_output=True,
    )
    assert (project / "build" / "hello.wasm").read_bytes() == built(
        LISTINGS / "typescript" / "hello"
    )
