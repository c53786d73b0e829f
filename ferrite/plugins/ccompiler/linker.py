"""Functions, data and imports of all sources to one WebAssembly module.

Rule: only what the entry points reach is in the module, and everything else about its shape is
fixed: imports come from `ferrite_v1`, the stack lies below the data (so an overflow leaves the
memory and traps), and the exports are `memory` and the entry points.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ferrite.plugins import encoder
from ferrite.plugins.ccompiler import operators as op
from ferrite.plugins.ccompiler.analysis import operands
from ferrite.plugins.ccompiler.frontend import CompileError, parse
from ferrite.plugins.ccompiler.function import FunctionBody
from ferrite.plugins.ccompiler.structure import IrreducibleError
from ferrite.plugins.ppci_shim import ir, quiet

IMPORT_MODULE = "ferrite_v1"
IMPORT_PREFIX = "ferrite_"
"""`extern int ferrite_get(...)` is the import `get`."""
STACK_BYTES = 65_536
PAGE_BYTES = 65_536
MEMORY_PAGES_MAX = 65_536
ZEROS_WORTH_A_SEGMENT = 16
"""A run of zeros shorter than this is cheaper inside a data segment than between two."""


@dataclass(frozen=True, slots=True)
class _Unit:
    """One compiled source: its file and what it defines."""

    path: Path
    module: Any
    names: dict[str, Any]


def compile_files(paths: list[Path], include_paths: list[Path], entry_points: set[str]) -> bytes:
    """Compile and link C files; export the functions among `entry_points` that they define.

    Raises CompileError.
    """
    return _Linker([_load(path, include_paths) for path in paths], entry_points).link()


def _load(path: Path, include_paths: list[Path]) -> _Unit:
    module = parse(path, include_paths)
    names = {v.name: v for v in (*module.externals, *module.variables, *module.functions)}
    return _Unit(path, module, names)


class _Linker:
    """Gives every reachable thing its index or address. It is the functions' `Symbols`."""

    def __init__(self, units: list[_Unit], entry_points: set[str]) -> None:
        self._units = units
        self._unit_of = {v: unit for unit in units for v in unit.names.values()}
        self._definitions = self._collect_definitions()
        self._exports = [
            value
            for name, value in self._definitions.items()
            if name in entry_points and isinstance(value, ir.SubRoutine)
        ]
        self._imports: list[Any] = []
        self._functions: list[Any] = []
        self._pointed_at: list[Any] = []
        self._types: dict[bytes, int] = {}
        self._addresses: dict[Any, int] = {}
        self._literals: dict[bytes, int] = {}
        self._data = bytearray()
        self._data_end = STACK_BYTES
        self._reach()

    def link(self) -> bytes:
        """The binary module."""
        with quiet():
            bodies = [encoder.sized(self._body(function)) for function in self._functions]
        imports = [self._import(external) for external in self._imports]
        signatures = [encoder.unsigned(self._signature(f)) for f in self._functions]
        self._fill_data()
        content = {
            encoder.IMPORT: imports,
            encoder.FUNCTION: signatures,
            encoder.TABLE: self._table(),
            encoder.MEMORY: [b"\0" + encoder.unsigned(self._pages())],
            encoder.GLOBAL: [encoder.I32 + b"\1" + op.constant(STACK_BYTES, ir.i32) + op.END],
            encoder.EXPORT: self._export_entries(),
            encoder.ELEMENT: self._elements(),
            encoder.CODE: bodies,
            encoder.DATA: list(self._segments()),
        }
        content = {encoder.TYPE: list(self._types), **content}
        sections = (encoder.section(n, encoder.vector(i)) for n, i in content.items() if i)
        return encoder.PREAMBLE + b"".join(sections) + self._name_section()

    # Symbols of the functions

    def address(self, value: Any) -> int:
        """Where a variable or literal lies in memory, or a function in the table."""
        if isinstance(value, ir.LiteralData):
            if value.data not in self._literals:
                self._literals[value.data] = self._reserve(len(value.data), 1)
                self._write(self._literals[value.data], value.data)
            return self._literals[value.data]
        value = self._resolve(value)
        if isinstance(value, ir.Variable):
            return self._addresses[value]
        return self._pointed_at.index(value) + 1

    def function_index(self, function: Any) -> int:
        """The index of a function or import."""
        function = self._resolve(function)
        if function in self._imports:
            return self._imports.index(function)
        return len(self._imports) + self._functions.index(function)

    def type_index(self, parameters: list[bytes], results: list[bytes]) -> int:
        """The index of a function type."""
        entry = encoder.function_type(parameters, results)
        return self._types.setdefault(entry, len(self._types))

    # What is reachable

    def _collect_definitions(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for unit in self._units:
            for value in (*unit.module.functions, *unit.module.variables):
                if value.binding == ir.Binding.LOCAL:
                    continue
                if value.name in found:
                    first = self._unit_of[found[value.name]].path
                    raise CompileError(f"{unit.path}: '{value.name}' is defined in {first} too")
                found[value.name] = value
        return found

    def _resolve(self, value: Any) -> Any:
        """The definition of a name, or its import."""
        if not isinstance(value, ir.External):
            return value
        if value.name in self._definitions:
            return self._definitions[value.name]
        if isinstance(value, ir.ExternalSubRoutine) and value.name.startswith(IMPORT_PREFIX):
            return next((i for i in self._imports if i.name == value.name), value)
        path = self._unit_of[value].path
        raise CompileError(
            f"{path}: '{value.name}' is used and nowhere defined (there is no C library here)"
        )

    def _reach(self) -> None:
        waiting = list(self._exports)
        seen: set[Any] = set()
        while waiting:
            value = self._resolve(waiting.pop(0))
            if value in seen:
                continue
            seen.add(value)
            if isinstance(value, ir.External):
                self._imports.append(value)
            elif isinstance(value, ir.Variable):
                self._addresses[value] = self._reserve(value.amount, value.alignment)
                waiting += self._references(value)
            else:
                self._functions.append(value)
                waiting += self._called_and_named(value)

    def _references(self, variable: Any) -> list[Any]:
        """What the initial value of a variable points to."""
        names = self._unit_of[variable].names
        targets = [names[part[1]] for part in variable.value or () if isinstance(part, tuple)]
        self._point_at(targets)
        return targets

    def _called_and_named(self, function: Any) -> list[Any]:
        found: list[Any] = []
        for block in function:
            for instruction in block:
                values = [v for v in operands(instruction) if isinstance(v, ir.GlobalValue)]
                is_call = isinstance(instruction, ir.FunctionCall | ir.ProcedureCall)
                called = {instruction.callee} if is_call else set()
                self._point_at([v for v in values if v not in called])
                if isinstance(instruction, ir.Phi):
                    phi_values = instruction.inputs.values()
                    values += [v for v in phi_values if isinstance(v, ir.GlobalValue)]
                    self._point_at(values)
                found += values
        return found

    def _point_at(self, values: Iterable[Any]) -> None:
        for value in map(self._resolve, values):
            is_function = isinstance(value, ir.SubRoutine | ir.ExternalSubRoutine)
            if is_function and value not in self._pointed_at:
                self._pointed_at.append(value)

    # Sections

    def _body(self, function: Any) -> bytes:
        path = self._unit_of[function].path
        try:
            return FunctionBody(function, self).encode()
        except IrreducibleError:
            message = "a goto enters a loop past its start"
        except NotImplementedError as error:
            message = str(error)
        raise CompileError(f"{path}: in function {function.name}: {message}")

    def _signature(self, function: Any) -> int:
        if isinstance(function, ir.ExternalSubRoutine):
            parameters = [op.value_type(typ) for typ in function.argument_types]
            returns = isinstance(function, ir.ExternalFunction)
        else:
            parameters = [op.value_type(argument.ty) for argument in function.arguments]
            returns = isinstance(function, ir.Function)
        return self.type_index(parameters, [op.value_type(function.return_ty)] if returns else [])

    def _import(self, external: Any) -> bytes:
        names = encoder.name(IMPORT_MODULE), encoder.name(external.name[len(IMPORT_PREFIX) :])
        return b"".join(names) + b"\0" + encoder.unsigned(self._signature(external))

    def _table(self) -> list[bytes]:
        if not self._pointed_at:
            return []
        return [encoder.FUNCREF + b"\0" + encoder.unsigned(len(self._pointed_at) + 1)]

    def _elements(self) -> list[bytes]:
        """One segment from slot 1 on: slot 0 is the null pointer and traps."""
        if not self._pointed_at:
            return []
        indices = (encoder.unsigned(self.function_index(f)) for f in self._pointed_at)
        return [b"\0" + op.constant(1, ir.i32) + op.END + encoder.vector(indices)]

    def _export_entries(self) -> list[bytes]:
        functions = [
            encoder.name(f.name) + b"\0" + encoder.unsigned(self.function_index(f))
            for f in self._exports
        ]
        return [encoder.name("memory") + b"\2\0", *functions]

    def _name_section(self) -> bytes:
        """The functions' names (appendix 7.4.1), for backtraces."""
        functions = [*self._imports, *self._functions]
        entries = (encoder.unsigned(i) + encoder.name(f.name) for i, f in enumerate(functions))
        return encoder.custom_section("name", b"\1" + encoder.sized(encoder.vector(entries)))

    # Data

    def _reserve(self, size: int, alignment: int) -> int:
        address = self._data_end + -self._data_end % alignment
        self._data_end = address + size
        if self._data_end > MEMORY_PAGES_MAX * PAGE_BYTES:
            raise CompileError("the static data is larger than 4 GiB")
        return address

    def _write(self, address: int, content: bytes) -> None:
        start = address - STACK_BYTES
        missing = start + len(content) - len(self._data)
        self._data += bytes(max(0, missing))
        self._data[start : start + len(content)] = content

    def _fill_data(self) -> None:
        for variable, address in self._addresses.items():
            names = self._unit_of[variable].names
            content = b"".join(
                self.address(names[part[1]]).to_bytes(4, "little")
                if isinstance(part, tuple)
                else part
                for part in variable.value or ()
            )[: variable.amount]
            if any(content):
                self._write(address, content)

    def _pages(self) -> int:
        return -(-self._data_end // PAGE_BYTES)

    def _segments(self) -> Iterable[bytes]:
        position = 0
        for piece in bytes(self._data).split(bytes(ZEROS_WORTH_A_SEGMENT)):
            if piece:
                address = op.constant(STACK_BYTES + position, ir.i32)
                yield b"\0" + address + op.END + encoder.sized(piece)
            position += len(piece) + ZEROS_WORTH_A_SEGMENT
