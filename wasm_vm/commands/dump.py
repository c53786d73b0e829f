"""`dump FILE`: everything that a module consists of, as text or JSON.

It shows what was decoded, whether it is valid or not, and says which.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from typing import Any

from wasm_vm.binary import decode
from wasm_vm.binary.layout import section_ranges
from wasm_vm.commands.describe import Describer, function_label
from wasm_vm.commands.guest import LEVELS, System, add_file
from wasm_vm.commands.terminal import printable
from wasm_vm.errors import WasmError
from wasm_vm.module import Code, ExternKind, Module, SegmentMode
from wasm_vm.validation import validate

_OPENING = frozenset({"block", "loop", "if", "try_table"})


def add(commands: Any, system: System | None) -> None:
    """Declare the command."""
    parser = commands.add_parser("dump", help="show sections, types and instructions")
    parser.set_defaults(command=dump)
    add_file(parser)
    parser.add_argument("--json", action="store_true", help="as JSON (docs/wasm-vm.md)")


def dump(options: argparse.Namespace, system: System | None) -> int:
    """Print the module; raises Malformed where it cannot be decoded."""
    binary = options.file.read_bytes()
    module = decode(binary, features=LEVELS[options.level])
    head = {"file": str(options.file), "level": options.level, **overview(binary, module)}
    if options.json:
        _print_json(head, functions(module))
    else:
        for line in lines(head, functions(module)):
            print(printable(line))
    return 0


def _print_json(head: dict[str, Any], bodies: Iterator[dict[str, Any]]) -> None:
    """One object, written function by function: a module may have a million instructions."""
    print(json.dumps(head)[:-1] + ', "code": [', end="")
    for position, body in enumerate(bodies):
        print(("," if position else "") + "\n" + json.dumps(body), end="")
    print("]}")


# --- what there is to say ------------------------------------------------------------------------


def overview(binary: bytes, module: Module) -> dict[str, Any]:
    """Everything but the bodies of functions."""
    say = Describer(module)
    found: dict[str, Any] = {"size": module.size, "valid": True, "error": None}
    try:
        validate(module)
    except WasmError as error:
        found.update(valid=False, error=str(error))
    found["sections"] = [
        {"name": each.name, "custom": each.code == 0, "offset": each.offset, "size": each.size}
        for each in section_ranges(binary)
    ]
    found["types"] = [say.definition(kind) for kind in module.types]
    found["imports"] = [
        {
            "module": entry.module,
            "name": entry.name,
            "kind": entry.kind.name.lower(),
            "type": say.external(entry.description),
        }
        for entry in module.imports
    ]
    found["exports"] = [
        {"name": entry.name, "kind": entry.kind.name.lower(), "index": entry.index}
        for entry in module.exports
    ]
    found["start"] = module.start
    return found | _spaces(module, say) | _segments(module, say)


def _spaces(module: Module, say: Describer) -> dict[str, Any]:
    """What the module defines itself; indices count imports first."""
    imported = {kind: len(module.imported(kind)) for kind in ExternKind}
    return {
        "memories": [
            {"index": index, "type": say.external(kind)}
            for index, kind in enumerate(module.memories, imported[ExternKind.MEMORY])
        ],
        "tables": [
            {
                "index": index,
                "type": say.external(table.type),
                "initialiser": say.expression(table.initialiser) or None,
            }
            for index, table in enumerate(module.tables, imported[ExternKind.TABLE])
        ],
        "globals": [
            {
                "index": index,
                "type": say.external(each.type),
                "initialiser": say.expression(each.initialiser),
            }
            for index, each in enumerate(module.globals, imported[ExternKind.GLOBAL])
        ],
        "tags": [
            {"index": index, "type": say.external(tag)}
            for index, tag in enumerate(module.tags, imported[ExternKind.TAG])
        ],
    }


def _segments(module: Module, say: Describer) -> dict[str, Any]:
    return {
        "elements": [
            {
                "index": index,
                "mode": each.mode.value,
                "type": say.value(each.type),
                "table": each.table if each.mode is SegmentMode.ACTIVE else None,
                "position": say.expression(each.position) or None,
                "items": [say.expression(item) for item in each.items],
            }
            for index, each in enumerate(module.elements)
        ],
        "datas": [
            {
                "index": index,
                "mode": each.mode.value,
                "memory": each.memory if each.mode is SegmentMode.ACTIVE else None,
                "position": say.expression(each.position) or None,
                "size": len(each.data),
            }
            for index, each in enumerate(module.datas)
        ],
    }


def functions(module: Module) -> Iterator[dict[str, Any]]:
    """The functions that the module defines, one at a time."""
    say = Describer(module)
    first = len(module.imported(ExternKind.FUNCTION))
    for index, (kind, code) in enumerate(zip(module.functions, module.codes, strict=True), first):
        yield {
            "index": index,
            "name": module.function_names.get(index),
            "type": kind,
            "offset": code.offset,
            "size": code.size,
            "locals": [{"count": count, "type": say.value(local)} for count, local in code.locals],
            "instructions": list(_instructions(code, say)),
        }


def _instructions(code: Code, say: Describer) -> Iterator[dict[str, Any]]:
    """The disassembly; depth: open blocks around an instruction."""
    depth = 0
    for at, (row, immediate, offset) in enumerate(code.body):
        if row.name in ("end", "else"):
            depth = max(depth - 1, 0)
        text = say.instruction(row, immediate)
        yield {"pc": at, "offset": offset, "depth": depth, "name": row.name, "text": text}
        if row.name in _OPENING or row.name == "else":
            depth += 1


# --- as text -------------------------------------------------------------------------------------


def lines(head: dict[str, Any], bodies: Iterator[dict[str, Any]]) -> Iterator[str]:
    """The same for people."""
    state = "valid" if head["valid"] else f"not valid: {head['error']}"
    yield f"{head['file']}: WebAssembly {head['level']}, {head['size']} bytes, {state}"
    yield "sections"
    for each in head["sections"]:
        name = f"custom {each['name']!r}" if each["custom"] else each["name"]
        yield f"  {each['offset']:#010x}  {each['size']:8} bytes  {name}"
    yield from _titled("types", (f"{at}  {text}" for at, text in enumerate(head["types"])))
    yield from _titled("imports", map(_import_line, head["imports"]))
    for what in ("memories", "tables", "globals", "tags"):
        yield from _titled(what, map(_definition_line, head[what]))
    exports = (f"{each['name']!r}  {each['kind']} {each['index']}" for each in head["exports"])
    yield from _titled("exports", exports)
    if head["start"] is not None:
        yield f"start  function {head['start']}"
    yield from _titled("element segments", map(_element_line, head["elements"]))
    yield from _titled("data segments", map(_data_line, head["datas"]))
    for body in bodies:
        yield from _function_lines(body)


def _titled(title: str, found: Iterator[str]) -> Iterator[str]:
    """A title above lines, where there are any."""
    for position, line in enumerate(found):
        if not position:
            yield title
        yield f"  {line}"


def _import_line(each: dict[str, Any]) -> str:
    return f"{each['module']!r} {each['name']!r}  {each['kind']} {each['type']}"


def _definition_line(each: dict[str, Any]) -> str:
    initialiser = each.get("initialiser")
    return f"{each['index']}  {each['type']}" + (f" = {initialiser}" if initialiser else "")


def _element_line(each: dict[str, Any]) -> str:
    where = f" table {each['table']} at {each['position']}" if each["mode"] == "active" else ""
    items = ", ".join(each["items"])
    return f"{each['index']}  {each['mode']}{where}  {each['type']}: {items}"


def _data_line(each: dict[str, Any]) -> str:
    where = f" memory {each['memory']} at {each['position']}" if each["mode"] == "active" else ""
    return f"{each['index']}  {each['mode']}{where}  {each['size']} bytes"


def _function_lines(body: dict[str, Any]) -> Iterator[str]:
    label = function_label(body["index"], body["name"])
    title = label if body["name"] is None else f"function {body['index']} {label}"
    yield f"{title} (type {body['type']})  {body['offset']:#010x}  {body['size']} bytes"
    if body["locals"]:
        runs = (f"{run['count']} x {run['type']}" for run in body["locals"])
        yield f"  locals {', '.join(runs)}"
    for step in body["instructions"]:
        yield f"  {step['offset']:#010x}  {'  ' * step['depth']}{step['text']}"
