"""Statements and initialisers to ppci's intermediate representation, where 0.5.8 goes astray.

Rule: only what ppci gets wrong is overridden. `continue` in `for` and `do` skipped the step and
the condition, compound assignment computed in the type of its left side, and members without an
initialiser kept whatever the stack held.
"""

from __future__ import annotations

from typing import Any

from ferrite.plugins.ccompiler.semantics import COMPARISONS, COMPOUND_ASSIGNMENTS, SHIFTS, Evaluator
from ferrite.plugins.ppci_shim import (
    BitFieldAccess,
    CCodeGenerator,
    CContext,
    LinkTimeExpressionEvaluator,
    ctypes,
    declarations,
    expressions,
    ir,
)


class Comparison(ir.LocalValue):  # type: ignore[misc]
    """A comparison whose result is wanted as a number, which ppci spreads over four blocks."""

    a = ir.value_use("a")
    b = ir.value_use("b")

    def __init__(self, a: Any, condition: str, b: Any, typ: Any) -> None:
        super().__init__("comparison", typ)
        self.a = a
        self.b = b
        self.condition = condition


class Context(CContext):  # type: ignore[misc]
    """Sizes and alignments of wasm32: a struct is padded to its alignment (C99 6.7.2.1)."""

    def __init__(self, coptions: Any, arch_info: Any) -> None:
        super().__init__(coptions, arch_info)
        self._expression_evaluator = Evaluator(self)
        self.type_size_map[ctypes.BasicType.LONGDOUBLE] = (8, 8)

    def layout_struct(self, typ: Any) -> tuple[int, Any]:
        """Size in bytes and bit offsets of the fields."""
        size, offsets = super().layout_struct(typ)
        if isinstance(typ, ctypes.StructType):
            size += -size % self.alignment(typ)
        return size, offsets

    def sizeof(self, typ: Any) -> int:
        """Size in bytes; raises CompilerError for an incomplete type."""
        if isinstance(typ, ctypes.StructOrUnionType) and not typ.fields:
            self.error("The size of this struct or union is unknown", None)
        size: int = super().sizeof(typ)
        if isinstance(typ, ctypes.UnionType):
            size += -size % self.alignment(typ)
        return size

    def pack(self, typ: Any, value: Any) -> bytes:
        """The bytes of a constant of a basic type; an enumeration is an int."""
        if isinstance(typ, ctypes.EnumType):
            typ = ctypes.BasicType(ctypes.BasicType.INT)
        packed: bytes = super().pack(typ, value)
        return packed


class LinkTimeEvaluator(Evaluator, LinkTimeExpressionEvaluator):  # type: ignore[misc]
    """Constants of static initialisers: numbers, and addresses the linker fills in."""

    def eval_global_access(self, declaration: Any) -> Any:
        """The address of an array or function; another variable's value is no constant."""
        if isinstance(declaration.typ, ctypes.ArrayType | ctypes.FunctionType):
            return super().eval_global_access(declaration)
        raise NotImplementedError


class CodeGenerator(CCodeGenerator):  # type: ignore[misc]
    """C's statements and initialisers as C99 6.7.8 and 6.8 define them."""

    def __init__(self, context: Any) -> None:
        super().__init__(context)
        self._constant_evaluator = LinkTimeEvaluator(self)

    def gen_for(self, stmt: Any) -> None:
        """`for`: `continue` goes on with the step."""
        condition, body, step, final = (self.builder.new_block() for _ in range(4))
        if isinstance(stmt.init, declarations.VariableDeclaration):
            self.gen_local_variable(stmt.init)
        elif stmt.init:
            self.gen_expr(stmt.init, rvalue=True)
        self.builder.emit_jump(condition)
        self.builder.set_block(condition)
        if stmt.condition:
            self.gen_condition(stmt.condition, body, final)
        else:
            self.builder.emit_jump(body)
        self._gen_loop_body(stmt.body, body, step, final)
        if stmt.post:
            self.gen_expr(stmt.post, rvalue=True)
        self.builder.emit_jump(condition)
        self.builder.set_block(final)

    def gen_do_while(self, stmt: Any) -> None:
        """`do`: `continue` goes on with the condition."""
        body, condition, final = (self.builder.new_block() for _ in range(3))
        self.builder.emit_jump(body)
        self._gen_loop_body(stmt.body, body, condition, final)
        self.gen_condition(stmt.condition, body, final)
        self.builder.set_block(final)

    def _gen_loop_body(self, statement: Any, body: Any, next_block: Any, final: Any) -> None:
        self.break_block_stack.append(final)
        self.continue_block_stack.append(next_block)
        self.builder.set_block(body)
        self.gen_stmt(statement)
        self.builder.emit_jump(next_block)
        self.builder.set_block(next_block)
        self.break_block_stack.pop()
        self.continue_block_stack.pop()

    def gen_break(self, stmt: Any) -> None:
        """`break`, refused outside of a loop and a switch."""
        if not self.break_block_stack:
            self.error("break outside of a loop or switch", stmt.location)
        super().gen_break(stmt)

    def gen_continue(self, stmt: Any) -> None:
        """`continue`, refused outside of a loop."""
        if not self.continue_block_stack:
            self.error("continue outside of a loop", stmt.location)
        super().gen_continue(stmt)

    def gen_goto(self, stmt: Any) -> None:
        """`goto`, remembered so that a missing label is an error with its place."""
        self._goto_locations.setdefault(stmt.label, stmt.location)
        super().gen_goto(stmt)

    def gen_label(self, stmt: Any) -> None:
        """A label; two of one name are refused."""
        if stmt.name in self._labels:
            self.error(f"Label {stmt.name} is defined twice", stmt.location)
        self._labels.add(stmt.name)
        super().gen_label(stmt)

    def gen_function_def(self, function: Any) -> None:
        """A function's body; every `goto` must have found its label."""
        self._goto_locations: dict[str, Any] = {}
        self._labels: set[str] = set()
        super().gen_function_def(function)
        for label, location in self._goto_locations.items():
            if label not in self._labels:
                self.error(f"Label {label} is not defined", location)

    def gen_inline_assembly(self, stmt: Any) -> None:
        """Assembly has no meaning here."""
        self.error("Inline assembly is not supported", stmt.location)

    def gen_declaration_statement(self, statement: Any) -> None:
        """A declaration in a block; types and prototypes need no code."""
        declaration = statement.declaration
        if isinstance(declaration, declarations.VariableDeclaration):
            super().gen_declaration_statement(statement)
        elif isinstance(declaration, declarations.FunctionDeclaration):
            self.error("Declare functions outside of functions", declaration.location)

    def gen_binop(self, expr: Any) -> Any:
        """A binary operator; compound assignment computes in the type of its right side."""
        if expr.op == "=" and expr.a.typ.is_union:
            self.gen_copy_struct(
                self.gen_expr(expr.a, rvalue=False),
                self.gen_expr(expr.b, rvalue=False),
                self.sizeof(expr.a.typ),
            )
            return None
        if expr.op in COMPARISONS:
            operands = (self.gen_expr(operand, rvalue=True) for operand in (expr.a, expr.b))
            return self._compare(next(operands), expr.op, next(operands), expr.typ)
        if expr.op not in COMPOUND_ASSIGNMENTS:
            return super().gen_binop(expr)
        op = expr.op[:-1]
        address = self.gen_expr(expr.a, rvalue=False)
        operand = self.gen_expr(expr.b, rvalue=True)
        typ = self.get_ir_type(expr.typ)
        value = self._load_value(address, expr.typ)
        if expr.typ.is_pointer:
            size = self.sizeof(expr.typ.element_type)
            operand = self.builder.emit_mul(operand, size, operand.ty)
            operand = self.builder.emit_cast(operand, typ)
            value = self.builder.emit_binop(value, op, operand, typ)
        else:
            wide = self.get_ir_type(expr.b.typ) if op not in SHIFTS else operand.ty
            value = self.builder.emit_cast(value, wide)
            value = self.builder.emit_binop(value, op, operand, wide)
            value = self.builder.emit_cast(value, typ)
        self._store_value(value, address)
        return value

    def gen_unop(self, expr: Any) -> Any:
        """A unary operator; `!` of a value compares it with zero."""
        logical = isinstance(expr.a, expressions.BinaryOperator) and expr.a.op in ("&&", "||")
        if expr.op != "!" or logical:
            return super().gen_unop(expr)
        value = self.gen_expr(expr.a, rvalue=True)
        return self._compare(value, "==", self.emit_const(0, expr.a.typ), expr.typ)

    def _compare(self, a: Any, condition: str, b: Any, typ: Any) -> Any:
        return self.emit(Comparison(a, condition, b, self.get_ir_type(typ)))

    def gen_local_init(self, ptr: Any, typ: Any, expr: Any) -> tuple[Any, int]:
        """Initialise a local; what the initialiser leaves out becomes zero (C99 6.7.8p21)."""
        size = self.sizeof(typ)
        if isinstance(expr, expressions.InitializerList):
            zeros = self.emit(ir.LiteralData(bytes(size), "zeros"))
            self.gen_copy_struct(ptr, self.emit(ir.AddressOf(zeros, "zeros")), size)
        self._fill(ptr, 0, expr)
        return ptr, size

    def _fill(self, base: Any, offset: int, expr: Any) -> None:
        """Store one initialiser at a constant distance from `base`."""
        if isinstance(expr, expressions.ArrayInitializer):
            step = self.sizeof(expr.typ.element_type)
            for index, value in enumerate(expr.values):
                if value is not None:
                    self._fill(base, offset + index * step, value)
        elif isinstance(expr, expressions.UnionInitializer):
            self._fill(base, offset, expr.value)
        elif isinstance(expr, expressions.StructInitializer):
            bit_offsets = self.context.get_field_offsets(expr.typ)[1]
            for field, value in expr.values.items():
                place = offset + bit_offsets[field] // 8
                if field.is_bitfield:
                    self._fill_bitfield(base, place, bit_offsets[field] % 8, field, value)
                else:
                    self._fill(base, place, value)
        else:
            address = self.builder.emit_add(base, offset, ir.ptr) if offset else base
            self.emit(ir.Store(self.gen_expr(expr, rvalue=True), address))

    def _fill_bitfield(self, base: Any, place: int, shift: int, field: Any, value: Any) -> None:
        address = self.builder.emit_add(base, place, ir.ptr)
        bits = self.context.eval_expr(field.bitsize)
        access = BitFieldAccess(address, shift, bits, field.typ.is_signed)
        self._store_bitfield(self.gen_expr(value, rvalue=True), access)
