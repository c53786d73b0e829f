"""`profile FILE`: exact instructions and fuel per function and per opcode."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from wasm_vm.commands.account import Account, Count, Node, walk
from wasm_vm.commands.describe import public_value
from wasm_vm.commands.flame import flame_graph
from wasm_vm.commands.guest import Ending, Guest, System, add_guest
from wasm_vm.commands.terminal import printable


def add(commands: Any, system: System | None) -> None:
    """Declare the command."""
    parser = commands.add_parser("profile", help="count instructions and fuel exactly")
    parser.set_defaults(command=profile)
    add_guest(parser, system, report=True)
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--json", action="store_true", help="as JSON (docs/wasm-vm.md)")
    shape.add_argument("--folded", action="store_true", help="as folded stacks, weighed by fuel")
    parser.add_argument("--flame", type=Path, metavar="FILE.svg", help="write a flame graph too")


def profile(options: argparse.Namespace, system: System | None) -> int:
    """Run under an account and print it; the guest's exit code. Raises WasmError."""
    guest = Guest(options, system)
    found = Account()

    def report(ending: Ending) -> None:
        if guest.instance is not None:
            found.finish(guest.instance.fuel)
        if options.flame is not None:
            options.flame.write_text(flame_graph(found.root), encoding="utf-8")
        if options.folded:
            text = list(folded(found.root))
        elif options.json:
            text = [json.dumps(as_data(found, ending))]
        else:
            text = list(lines(found, ending))
        for line in text:
            print(line)

    return guest.observe(found, report)


# --- what there is to say ------------------------------------------------------------------------


def by_function(root: Node) -> list[tuple[Node, Count]]:
    """Each function with its sum over the call tree, the most expensive first."""
    sums: dict[tuple[int, str], tuple[Node, Count]] = {}
    for node, path in walk(root):
        if path:
            _, total = sums.setdefault((node.index, node.label), (node, Count()))
            total.instructions += node.count.instructions
            total.fuel += node.count.fuel
            total.calls += node.count.calls
    return sorted(sums.values(), key=lambda each: (-each[1].fuel, each[0].index))


def by_opcode(found: Account) -> list[tuple[str, Count]]:
    """Each opcode, the most expensive first."""
    return sorted(found.opcodes.items(), key=lambda each: (-each[1].fuel, each[0]))


def as_data(found: Account, ending: Ending) -> dict[str, Any]:
    """The report as JSON data."""
    return {
        "end": ending.how,
        "code": ending.code,
        "results": [public_value(result) for result in ending.results],
        "message": ending.message,
        "instructions": found.instructions,
        "fuel": found.used,
        "entries": found.entries,
        "functions": [
            {
                "function": node.index,
                "name": node.name,
                "calls": count.calls,
                "instructions": count.instructions,
                "fuel": count.fuel,
            }
            for node, count in by_function(found.root)
        ],
        "opcodes": [
            {"name": name, "instructions": count.instructions, "fuel": count.fuel}
            for name, count in by_opcode(found)
        ],
    }


def lines(found: Account, ending: Ending) -> Iterator[str]:
    """The report for people."""
    results = "".join(f" {public_value(result)}" for result in ending.results)
    message = f": {ending.message}" if ending.message else ""
    yield printable(f"{ending.how}{results}{message}")
    yield f"{found.instructions} instructions, {found.used} units of fuel"
    yield f"{'fuel':>12} {'instructions':>12} {'calls':>10}  function"
    for node, count in by_function(found.root):
        label = printable(node.label)
        yield f"{count.fuel:12} {count.instructions:12} {count.calls:10}  {label}"
    yield f"{'fuel':>12} {'instructions':>12}  opcode"
    for name, count in by_opcode(found):
        yield f"{count.fuel:12} {count.instructions:12}  {name}"
    yield f"{found.entries:12} {'':12}  entering functions"


def folded(root: Node) -> Iterator[str]:
    """The call tree in the form that flame graph tools read: labels, a blank, fuel."""
    for node, path in walk(root):
        if path and node.count.fuel:
            labels = (printable(label).replace(";", ":") for label in path)
            yield f"{';'.join(labels)} {node.count.fuel}"
