"""What does an instance per call cost, against one that lives from call to call?

The same module is loaded twice into one server, once with `instance = "persistent"` and once with
`instance = "per-call"`. One pair is a run of redis-benchmark against the first and at once one
against the second; the figure is CPU time of the server a call, and what is added is the median of
the pairs' differences. Every page of the memory was written when the plugin started.

    python bench/isolation.py [--pairs 5]
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import redis
import wasmtime
from measure import table
from servers import ferrite_command, free_port, running

MODES = {"persistent": "KEPT", "per-call": "CALL"}
"""What the commands begin with."""
SIZES = {"1 MiB": 16, "16 MiB": 256}
"""Pages of WebAssembly."""
DEPTH = 16
REQUESTS = 20_000
TOUCHES = (
    ("one page", "ONE", []),
    ("one page, another each time", "ANY", ["__rand_int__"]),
    ("16 pages", "MANY", []),
)
"""What is said of it, the command, its arguments. ANY takes its argument, of twelve digits, on a
page of its own."""
MODULE = """(module
  (import "ferrite_v1" "arg_read" (func $argument (param i32 i32 i32) (result i32)))
  (import "ferrite_v1" "reply_int" (func $reply (param i64) (result i32)))
  (memory (export "memory") {pages})
  (func $touch (param i32)
    (i64.store offset=16 (local.get 0)
      (i64.add (i64.load offset=16 (local.get 0)) (i64.const 1))))
  (func (export "_initialize") (local i32)
    (loop $next
      (call $touch (local.get 0))
      (local.set 0 (i32.add (local.get 0) (i32.const 4096)))
      (br_if $next (i32.lt_u (local.get 0) (i32.const {bytes})))))
  (func (export "{name}.ONE") (result i32)
    (call $touch (i32.const 4096))
    (call $reply (i64.load (i32.const 4112))))
  (func (export "{name}.ANY") (result i32)
    (local i32)
    (drop (call $argument (i32.const 0) (i32.const 32) (i32.const 12)))
    (local.set 0 (i32.and (i32.mul (i32.load (i32.const 40)) (i32.const 0x9E3779B1))
      (i32.const {last})))
    (call $touch (local.get 0))
    (call $reply (i64.load offset=16 (local.get 0))))
  (func (export "{name}.MANY") (result i32) (local i32)
    (loop $next
      (call $touch (local.get 0))
      (local.set 0 (i32.add (local.get 0) (i32.const 4096)))
      (br_if $next (i32.lt_u (local.get 0) (i32.const 65536))))
    (call $reply (i64.load (i32.const 16)))))
"""


@dataclass(frozen=True, slots=True)
class Server:
    """A server under measurement."""

    port: int
    process: int
    """Its id."""

    def microseconds(self, request: list[str]) -> float:
        """CPU time of one call in a run of them."""
        before = self._nanoseconds()
        options = f"-p {self.port} -c 10 -P {DEPTH} -n {REQUESTS} -r 1000000 -q"
        command = ["redis-benchmark", *options.split(), *request]
        subprocess.run(command, check=True, capture_output=True)
        return (self._nanoseconds() - before) / REQUESTS / 1000

    def _nanoseconds(self) -> int:
        return int(Path(f"/proc/{self.process}/schedstat").read_text("ascii").split()[0])


def manifest(name: str, mode: str) -> str:
    """Of the plugin in one mode."""
    commands = "".join(f'[[commands]]\nname = "{name}.{word}"\n' for _, word, _ in TOUCHES)
    head = f'[package]\nname = "{name.lower()}"\nversion = "1.0.0"\n'
    return f'{head}{commands}[package.ferrite]\ninstance = "{mode}"\n'


def load(client: redis.Redis, folder: Path, pages: int) -> dict[str, str]:
    """Load the plugin in all modes; the prefix of its commands by mode."""
    names = {}
    for mode, prefix in MODES.items():
        name = names[mode] = f"{prefix}{pages}"
        size = pages * 65_536
        text = MODULE.format(name=name, pages=pages, bytes=size, last=size - 4096)
        path, written = folder / f"{name}.wasm", folder / f"{name}.toml"
        path.write_bytes(bytes(wasmtime.wat2wasm(text)))
        written.write_text(manifest(name, mode), encoding="utf-8")
        client.execute_command("PLUGIN.LOAD", name.lower(), str(path), "MANIFEST", str(written))
    return names


def rows(server: Server, folder: Path, pairs: int) -> list[list[object]]:
    """What was measured, by size and by what is touched."""
    client = redis.Redis(port=server.port)
    found: list[list[object]] = []
    for size, pages in SIZES.items():
        names = load(client, folder, pages)
        for what, word, arguments in TOUCHES:
            requests = [[f"{names[mode]}.{word}", *arguments] for mode in MODES]
            for request in requests:
                client.execute_command(*[word.replace("__rand_int__", "1") for word in request])
            runs = [[server.microseconds(request) for request in requests] for _ in range(pairs)]
            added = [after - before for before, after in runs]
            found.append(
                [
                    f"{size}, {what}",
                    *(statistics.median(times) for times in zip(*runs, strict=True)),
                    f"**{statistics.median(added):.1f}**",
                    f"{min(added):.1f}..{max(added):.1f}",
                ]
            )
    client.close()
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--pairs", type=int, default=5)
    pairs = parser.parse_args().pairs
    port = free_port()
    with TemporaryDirectory() as folder, running(ferrite_command(port), port) as process:
        found = rows(Server(port, process.pid), Path(folder), pairs)
    heads = [
        "memory, what a call writes to",
        *(f"{mode}, us" for mode in MODES),
        "added, us",
        "min..max",
    ]
    print(table(heads, found))


if __name__ == "__main__":
    main()
