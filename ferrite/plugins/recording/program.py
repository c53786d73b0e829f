"""`ferrite plugin replay FILE`: run a recording again, in every engine, and tell what differs."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from ferrite.plugins.recording.file import RecordingReader
from ferrite.plugins.recording.frames import RecordError
from ferrite.plugins.recording.replayer import Verdict, replay
from ferrite.plugins.recording.trace import Trace
from wasm_vm import CodeCache, Engine, use_code_cache
from wasm_vm.commands.terminal import printable

BOTH = "both"


def add(commands: Any) -> None:
    """Declare the command."""
    parser = commands.add_parser("replay", help="run recorded calls again, without a server")
    parser.add_argument("file", type=Path, help="as PLUGIN.RECORD has written it")
    engines = [engine.value for engine in Engine]
    parser.add_argument(
        "--engine",
        choices=[*engines, BOTH],
        default=BOTH,
        help="default: both; a trace is always of the reference engine",
    )
    parser.add_argument(
        "--trace", action="store_true", help="show host calls and functions with the fuel used"
    )
    parser.add_argument("--call", type=int, metavar="N", help="trace that call alone")
    parser.add_argument("--json", action="store_true", help="the result as one line of JSON")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """The exit code: 0 where everything is as recorded, else 1."""
    use_code_cache(CodeCache())
    traced = options.trace or options.call is not None
    engines = [engine for engine in Engine if options.engine in (BOTH, engine.value)]
    spectator = Trace(print, options.call) if traced else None
    try:
        verdicts = [
            replay(RecordingReader(options.file), engine, spectator)
            for engine in ([Engine.REFERENCE] if traced else engines)
        ]
    except RecordError as error:
        print(printable(str(error)), file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps(as_data(verdicts)))
    else:
        for line in _report(options.file, verdicts):
            print(printable(line))
    return 0 if all(verdict.is_identical for verdict in verdicts) else 1


def as_data(verdicts: list[Verdict]) -> dict[str, Any]:
    """Verdicts for programs."""
    header = verdicts[0].header
    return {
        "plugin": "" if header is None else header.plugin,
        "version": "" if header is None else header.version,
        "sha256": "" if header is None else header.sha256,
        "identical": int(all(verdict.is_identical for verdict in verdicts)),
        "ends": verdicts[0].reason,
        "engines": [
            {
                "engine": verdict.engine.value,
                "calls": verdict.calls,
                "identical": verdict.identical,
                "skipped": verdict.skipped,
                "fuel": verdict.fuel,
                "differences": verdict.differences or [],
            }
            for verdict in verdicts
        ],
    }


def _report(path: Path, verdicts: list[Verdict]) -> list[str]:
    header = verdicts[0].header
    lines = []
    if header is not None:
        lines.append(f"{path}: plugin {header.plugin} {header.version}, {header.sha256}")
    for verdict in verdicts:
        word = "identical" if verdict.is_identical else "different"
        counts = f"{verdict.identical} of {verdict.calls} calls identical, {verdict.fuel} units"
        skipped = f", {verdict.skipped} skipped" if verdict.skipped else ""
        lines.append(f"{verdict.engine.value}: {word}: {counts}{skipped}")
        lines += [f"  {difference}" for difference in verdict.differences or []]
    if verdicts[0].reason:
        lines.append(f"the recording ends: {verdicts[0].reason}")
    return lines
