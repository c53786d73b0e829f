"""What does a command of a plugin cost, against redis-server's FCALL of the same in Lua?

The plugin in C is plugins/hello, compiled by clang; that in Rust is the listing of the tests, those
in Go and TypeScript are what `ferrite plugin new hello` makes. In pairs (bench/pairs.py).

    python bench/plugins.py [--pairs 5] [--clients 50] [--languages c,rust,go,ts]
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import redis
from pairs import COLUMNS, Pairs, alternate, benchmark, paired
from servers import ROOT, ferrite_command, free_port, redis_command, running

from ferrite.plugins.toolchains import build_plugin

REQUESTS = {1: 20_000, 16: 50_000}
"""Requests per run, by pipeline depth."""
FUNCTIONS = """#!lua name=hello
redis.register_function('hello_world', function(keys, args)
  return 'Hello, ' .. (args[1] or 'World') .. '!'
end)
redis.register_function('hello_count', function(keys, args)
  return redis.call('INCR', keys[1])
end)
"""
CALLS = (
    ("HELLO.WORLD", ["HELLO.WORLD", "Alice"], ["FCALL", "hello_world", "0", "Alice"]),
    ("HELLO.COUNT", ["HELLO.COUNT", "visits"], ["FCALL", "hello_count", "1", "visits"]),
)
CLANG = "clang --target=wasm32 -O2 -nostdlib -mbulk-memory -Wl,--no-entry -Wl,-z,stack-size=65536"


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured of one command at one depth."""

    language: str
    command: str
    depth: int
    pairs: Pairs
    instructions: int
    """Fuel of one call."""


def fuel_of(port: int, request: list[str]) -> int:
    """Units that one call of a plugin's command takes."""
    client = redis.Redis(port=port)
    client.execute_command(*request)  # the first call of an instance starts it
    before = _plugins_fuel(client)
    client.execute_command(*request)
    fuel = _plugins_fuel(client) - before
    client.close()
    return fuel


def _plugins_fuel(client: redis.Redis) -> int:
    return int(client.info("plugins")["plugins_fuel"])


def build_c(folder: Path) -> Path:
    """plugins/hello by clang."""
    source, module = ROOT / "plugins" / "hello", folder / "hello.wasm"
    files = [str(source / "hello.c"), "-o", str(module)]
    subprocess.run([*CLANG.split(), "-I", str(ROOT / "sdk" / "c"), *files], check=True)
    (folder / "plugin.toml").write_text((source / "plugin.toml").read_text())
    return module


def build_rust(folder: Path) -> Path:
    """The listing, in its wrapper."""
    project = folder / "hello"
    shutil.copytree(ROOT / "tests" / "listings" / "rust" / "hello", project)
    manifest = project / "Cargo.toml"
    sdk = str(ROOT / "sdk" / "rust")
    manifest.write_text(manifest.read_text().replace("../../../../sdk/rust", sdk))
    return build_plugin(project)


def build_new(language: str) -> Callable[[Path], Path]:
    """What makes a new project of a language and builds it."""

    def build(folder: Path) -> Path:
        program = [sys.executable, "-m", "ferrite", "plugin", "new", "hello", "--lang", language]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        subprocess.run(program, check=True, cwd=folder, env=environment, stdout=subprocess.DEVNULL)
        return build_plugin(folder / "hello")

    return build


LANGUAGES: dict[str, Callable[[Path], Path]] = {
    "c": build_c,
    "rust": build_rust,
    "go": build_new("go"),
    "ts": build_new("ts"),
}


def measure(pairs: int, clients: int, language: str, module: Path) -> list[Row]:
    """All rows of a language, from fresh servers."""
    redis_port, ferrite_port = free_port(), free_port()
    rows = []
    with (
        running(redis_command(redis_port), redis_port),
        running(ferrite_command(ferrite_port), ferrite_port),
    ):
        redis.Redis(port=redis_port).function_load(FUNCTIONS, replace=True)
        loader = redis.Redis(port=ferrite_port)
        loader.execute_command("PLUGIN.LOAD", "hello", str(module))
        for depth, requests in REQUESTS.items():
            size = depth, clients, requests
            for name, ours, theirs in CALLS:
                words = {redis_port: theirs, ferrite_port: ours}
                runs = alternate(
                    pairs,
                    lambda port, size=size, words=words: sole(benchmark(port, *size, *words[port])),
                    redis_port,
                    ferrite_port,
                )
                fuel = fuel_of(ferrite_port, ours)
                rows.append(Row(language, name, depth, paired(runs), fuel))
    return rows


def sole(rates: dict[str, float]) -> float:
    """Requests per second of a run that has one test."""
    (rate,) = rates.values()
    return rate


def table(rows: list[Row]) -> str:
    """The rows as a Markdown table."""
    columns = COLUMNS.replace("redis-server", "FCALL")
    lines = [
        f"| in | command | -P | {columns} | fuel a call |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row.language} | {row.command} | {row.depth} | {row.pairs.cells()} "
        f"| {row.instructions} |"
        for row in rows
    ]
    return "\n".join(lines)


def main() -> None:
    """Build the plugin, measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--languages", default=",".join(LANGUAGES))
    given = parser.parse_args()
    rows = []
    for language in given.languages.split(","):
        with TemporaryDirectory() as folder:
            module = LANGUAGES[language](Path(folder))
            rows += measure(given.pairs, given.clients, language, module)
    print(table(rows))


if __name__ == "__main__":
    main()
