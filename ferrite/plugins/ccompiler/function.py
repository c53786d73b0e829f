"""One function's body: ppci's blocks of single assignments to WebAssembly instructions.

Rule: a value used once and near waits and is written where it is wanted; anything else gets a
local. A waiting read is forced out before the write it must not pass. Control comes from
`structure`: every path ends in a branch or a return of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from typing import Any, Protocol

from ferrite.plugins import encoder
from ferrite.plugins.ccompiler import operators as op
from ferrite.plugins.ccompiler.analysis import (
    Uses,
    frame_layout,
    register_variables,
    variable_of,
)
from ferrite.plugins.ccompiler.codegen import Comparison
from ferrite.plugins.ccompiler.structure import Flow
from ferrite.plugins.ppci_shim import ir

STACK_POINTER = encoder.unsigned(0)
"""Index of the one global every module has."""
FRAME_ALIGNMENT = 16
MEMORY = "memory"
"""What a waiting load depends on; a waiting read of a variable depends on its local."""

Code = list[bytes]


class Symbols(Protocol):
    """What lies outside of a function; the linker knows it."""

    def address(self, value: Any) -> int:
        """Where a variable or literal lies in memory, or a function in the table."""

    def function_index(self, function: Any) -> int:
        """The index of a function or import."""

    def type_index(self, parameters: list[bytes], results: list[bytes]) -> int:
        """The index of a function type."""


class FunctionBody:
    """Translates one function; `encode()` gives its entry of the code section."""

    def __init__(self, function: Any, symbols: Symbols) -> None:
        self._symbols = symbols
        self._function = function
        self._flow = Flow(function.entry, lambda block: list(dict.fromkeys(block.successors)))
        blocks = list(self._flow.order)
        self._uses = Uses(blocks)
        self._variables = register_variables(blocks)
        arguments = list(function.arguments)
        self._frame, self._frame_size = frame_layout(
            arguments, blocks, self._variables, FRAME_ALIGNMENT
        )
        self._parameter_count = len(arguments)
        self._locals: list[bytes] = []
        self._local_of = {value: index for index, value in enumerate(arguments)}
        self._frame_local = self._new_local(encoder.I32) if self._frame_size else 0
        self._single_use: set[bytes] = set()
        self._waiting: dict[Any, tuple[Code, set[Any]]] = {}
        self._labels: list[Any] = []
        self._out: Code = []

    def encode(self) -> bytes:
        """Locals and instructions, without the leading length."""
        self._enter()
        self._tree(self._function.entry)
        if isinstance(self._function, ir.Function) and self._out[-1] != op.RETURN:
            self._out.append(op.UNREACHABLE)
        self._out.append(op.END)
        groups = encoder.vector(
            encoder.unsigned(len(list(run))) + kind for kind, run in groupby(self._locals)
        )
        return groups + b"".join(self._out)

    # Entry and exit

    def _enter(self) -> None:
        if self._frame_size:
            size = op.constant(self._frame_size, ir.i32)
            self._out += [op.GLOBAL_GET + STACK_POINTER, size, op.I32_SUB]
            self._out += [op.LOCAL_TEE + encoder.unsigned(self._frame_local)]
            self._out += [op.GLOBAL_SET + STACK_POINTER]
        for value in self._function.arguments:
            if value.ty.is_blob:
                original = op.LOCAL_GET + encoder.unsigned(self._local_of[value])
                size = op.constant(value.ty.size, ir.i32)
                self._out += [*self._frame_address(value), original, size, op.MEMORY_COPY]
        for store in self._function.entry:
            variable = variable_of(store.address) if isinstance(store, ir.Store) else None
            if (
                variable in self._variables
                and isinstance(store.value, ir.Parameter)
                and self._uses.count(store.value) == 1
            ):  # the parameter's local is the variable's
                self._local_of.setdefault(variable, self._local_of[store.value])

    def _leave(self) -> None:
        if self._frame_size:
            size = op.constant(self._frame_size, ir.i32)
            self._out += [op.LOCAL_GET + encoder.unsigned(self._frame_local), size, op.I32_ADD]
            self._out += [op.GLOBAL_SET + STACK_POINTER]
        self._out.append(op.RETURN)

    def _frame_address(self, value: Any) -> Code:
        code = [op.LOCAL_GET + encoder.unsigned(self._frame_local)]
        if self._frame[value]:
            code += [op.constant(self._frame[value], ir.i32), op.I32_ADD]
        return code

    # Control

    def _tree(self, block: Any) -> None:
        """A block and all it dominates."""
        merges = [child for child in self._flow.children[block] if child in self._flow.merges]
        is_loop = block in self._flow.loop_headers
        if is_loop:
            self._out.append(op.LOOP + encoder.EMPTY_BLOCK)
            self._labels.append(block)
        for merge in reversed(merges):
            self._out.append(op.BLOCK + encoder.EMPTY_BLOCK)
            self._labels.append(merge)
        self._block(block)
        for merge in merges:
            self._labels.pop()
            if self._out[-1] == op.BRANCH + b"\0":  # falls through to the same place
                self._out.pop()
            self._out.append(op.END)
            self._tree(merge)
        if is_loop:
            self._labels.pop()
            self._out.append(op.END)

    def _block(self, block: Any) -> None:
        for instruction in block.instructions[:-1]:
            self._instruction(instruction)
        last = block.last_instruction
        if isinstance(last, ir.Jump):
            self._go(block, last.target)
        elif isinstance(last, ir.CJump) and last.lab_yes is last.lab_no:
            self._go(block, last.lab_yes)
        elif isinstance(last, ir.CJump):
            self._choose(block, last)
        elif isinstance(last, ir.Return):
            self._emit(self._value(last.result))
            self._leave()
        else:
            self._leave()

    def _choose(self, block: Any, jump: Any) -> None:
        condition = self._compared(jump.a, jump.cond, jump.b, as_condition=True)
        yes, no = (self._plain_branch(block, target) for target in (jump.lab_yes, jump.lab_no))
        if yes is not None:
            self._emit([*condition, op.BRANCH_IF + yes])
            self._go(block, jump.lab_no)
        elif no is not None:
            self._emit([*op.inverted(condition), op.BRANCH_IF + no])
            self._go(block, jump.lab_yes)
        else:
            self._emit([*condition, op.IF + encoder.EMPTY_BLOCK])
            self._labels.append(None)
            self._go(block, jump.lab_yes)
            self._labels.pop()
            self._out.append(op.END)
            self._go(block, jump.lab_no)

    def _is_branch(self, block: Any, target: Any) -> bool:
        return self._flow.is_back_edge(block, target) or target in self._flow.merges

    def _plain_branch(self, block: Any, target: Any) -> bytes | None:
        """The label of a target that a branch alone reaches, without moving values."""
        if list(target.phis) or not self._is_branch(block, target):
            return None
        return self._label(target)

    def _label(self, target: Any) -> bytes:
        return encoder.unsigned(self._labels[::-1].index(target))

    def _go(self, block: Any, target: Any) -> None:
        phis = list(target.phis)
        for phi in phis:  # all are read before one is written
            self._emit(self._value(phi.get_value(block)))
        for phi in reversed(phis):
            self._out.append(op.LOCAL_SET + self._local(phi))
        if self._is_branch(block, target):
            self._out.append(op.BRANCH + self._label(target))
        else:
            self._tree(target)

    # Values

    def _new_local(self, kind: bytes) -> int:
        self._locals.append(kind)
        return self._parameter_count + len(self._locals) - 1

    def _local(self, value: Any, typ: Any = None) -> bytes:
        """The local of a value, as an immediate."""
        if value not in self._local_of:
            self._local_of[value] = self._new_local(op.value_type(typ or value.ty))
        return encoder.unsigned(self._local_of[value])

    def _emit(self, code: Code) -> None:
        """Append code; what was just put into a local and is read at once stays on the stack."""
        if self._out and code and code[0][:1] == op.LOCAL_GET:
            local = code[0][1:]
            if self._out[-1] == op.LOCAL_SET + local:
                self._out[-1:] = [] if local in self._single_use else [op.LOCAL_TEE + local]
                code = code[1:]
        self._out += code

    def _value(self, value: Any) -> Code:
        """The code that leaves a value on the stack."""
        if value in self._waiting:
            return self._waiting.pop(value)[0]
        if isinstance(value, ir.AddressOf):
            return self._value(value.src)
        if isinstance(value, ir.Const):
            return [op.constant(value.value, value.ty)]
        if isinstance(value, ir.Undefined):
            return [op.constant(0, value.ty)]
        if isinstance(value, ir.GlobalValue | ir.LiteralData):
            return [op.constant(self._symbols.address(value), ir.i32)]
        if value in self._frame:
            return self._frame_address(value)
        return [op.LOCAL_GET + self._local(value)]

    def _compared(self, a: Any, condition: str, b: Any, *, as_condition: bool = False) -> Code:
        """The code of a comparison. As a condition any number but zero is true."""
        zero = isinstance(b, ir.Const) and b.value == 0
        if zero and condition in ("==", "!=") and op.value_type(a.ty) == encoder.I32:
            if condition == "==":
                return (
                    op.inverted(self._value(a)) if as_condition else [*self._value(a), op.I32_EQZ]
                )
            if as_condition:
                return self._value(a)
        return [*self._value(a), *self._value(b), op.comparison(condition, a.ty)]

    def _reads(self, *values: Any) -> set[Any]:
        """What the waiting code of these values depends on."""
        return set().union(*(self._waiting[v][1] for v in values if v in self._waiting))

    def _define(self, value: Any, code: Code, reads: set[Any]) -> None:
        if self._uses.once_and_near(value):
            self._waiting[value] = code, reads
        elif self._uses.count(value):
            self._keep(value, code)

    def _keep(self, value: Any, code: Code) -> None:
        """Write the code now and its result into the value's local."""
        local = self._local(value)
        if self._uses.count(value) == 1:
            self._single_use.add(local)
        self._emit(code)
        self._out.append(op.LOCAL_SET + local)

    def _force(self, place: Any) -> None:
        """Write every waiting value that a write to this place would change."""
        for value in [v for v, (_, reads) in self._waiting.items() if place in reads]:
            self._keep(value, self._waiting.pop(value)[0])

    # Instructions

    def _instruction(self, instruction: Any) -> None:
        translate = _TRANSLATIONS.get(type(instruction))
        if translate is None:
            raise NotImplementedError(f"{type(instruction).__name__} is not supported")
        translate(self, instruction)

    def _no_code(self, instruction: Any) -> None:
        """Values that are written where they are used, and phis, which the jumps write."""

    def _binop(self, node: Any) -> None:
        reads = self._reads(node.a, node.b)
        code = op.folded(node.operation, node.ty, self._value(node.a), self._value(node.b))
        self._define(node, code, reads)

    def _comparison(self, node: Any) -> None:
        reads = self._reads(node.a, node.b)
        self._define(node, self._compared(node.a, node.condition, node.b), reads)

    def _unop(self, node: Any) -> None:
        reads = self._reads(node.a)
        self._define(node, op.unary(node.operation, node.ty, self._value(node.a)), reads)

    def _cast(self, node: Any) -> None:
        reads = self._reads(node.src)
        code = [*self._value(node.src), *op.conversion(node.src.ty, node.ty)]
        self._define(node, code, reads)

    def _address(self, address: Any) -> tuple[Code, int]:
        """The code of an address, less a constant distance that the access itself can add."""
        code = self._value(address)
        is_sum = isinstance(address, ir.Binop) or variable_of(address) in self._frame
        distance = op.constant_of(code[-2]) if is_sum and code[-1] == op.I32_ADD else None
        if distance is not None and distance >= 0:
            return code[:-2], distance
        return code, 0

    def _load(self, node: Any) -> None:
        variable = variable_of(node.address)
        if variable in self._variables:
            local = self._local(variable, node.ty)
            self._define(node, [op.LOCAL_GET + local], {local})
            return
        reads = self._reads(node.address) | {MEMORY}
        code, offset = self._address(node.address)
        self._define(node, [*code, op.load(node.ty, offset)], reads)

    def _store(self, node: Any) -> None:
        variable = variable_of(node.address)
        typ = node.value.ty
        if variable in self._variables:
            local = self._local(variable, typ)
            value = self._value(node.value)
            self._force(local)
            if value != [op.LOCAL_GET + local]:
                self._emit(value)
                self._out.append(op.LOCAL_SET + local)
        elif typ.is_blob:
            self._copy(node.address, node.value, typ.size)
        else:
            address, offset = self._address(node.address)
            value = self._value(node.value)
            self._force(MEMORY)
            self._emit([*address, *value, op.store(typ, offset)])

    def _copy_blob(self, node: Any) -> None:
        self._copy(node.dst, node.src, node.amount)

    def _copy(self, target: Any, source: Any, size: int) -> None:
        literal = source.src if isinstance(source, ir.AddressOf) else source
        zeros = isinstance(literal, ir.LiteralData) and not any(literal.data)
        address = self._value(target)
        value = [op.constant(0, ir.i32)] if zeros else self._value(source)
        self._force(MEMORY)
        self._emit([*address, *value, op.constant(size, ir.i32)])
        self._out.append(op.MEMORY_FILL if zeros else op.MEMORY_COPY)

    def _call(self, node: Any) -> None:
        code = [part for argument in node.arguments for part in self._value(argument)]
        if isinstance(node.callee, ir.SubRoutine | ir.ExternalSubRoutine):
            code.append(op.CALL + encoder.unsigned(self._symbols.function_index(node.callee)))
        else:
            results = [op.value_type(node.ty)] if isinstance(node, ir.FunctionCall) else []
            kinds = [op.value_type(argument.ty) for argument in node.arguments]
            index = encoder.unsigned(self._symbols.type_index(kinds, results))
            code += [*self._value(node.callee), op.CALL_INDIRECT + index + b"\0"]
        self._force(MEMORY)
        if isinstance(node, ir.FunctionCall) and self._uses.count(node):
            self._keep(node, code)
        elif isinstance(node, ir.FunctionCall):
            self._emit([*code, op.DROP])
        else:
            self._emit(code)


_TRANSLATIONS: dict[Any, Callable[[FunctionBody, Any], None]] = {
    ir.Alloc: FunctionBody._no_code,
    ir.AddressOf: FunctionBody._no_code,
    ir.Const: FunctionBody._no_code,
    ir.LiteralData: FunctionBody._no_code,
    ir.Undefined: FunctionBody._no_code,
    ir.Phi: FunctionBody._no_code,
    ir.Binop: FunctionBody._binop,
    ir.Unop: FunctionBody._unop,
    Comparison: FunctionBody._comparison,
    ir.Cast: FunctionBody._cast,
    ir.Load: FunctionBody._load,
    ir.Store: FunctionBody._store,
    ir.CopyBlob: FunctionBody._copy_blob,
    ir.FunctionCall: FunctionBody._call,
    ir.ProcedureCall: FunctionBody._call,
}
