"""What C expressions mean (C99 6.3 and 6.5): the conversions ppci's own semantics leave out.

Rule: every operator first gets its operands into the type C computes in, so that the code
generator never has to think about signs and sizes. ppci 0.5.8 has no integer promotion, no
scaling in pointer subtraction, gives large constants the type int and truncates conditions.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from ferrite.plugins.ppci_shim import (
    ConstantExpressionEvaluator,
    CSemantics,
    RootScope,
    ctypes,
    declarations,
    expressions,
    replace_escape_codes,
)

BasicType = ctypes.BasicType

COMPARISONS = frozenset(("<", ">", "==", "!=", "<=", ">="))
SHIFTS = frozenset(("<<", ">>"))
COMPOUND_ASSIGNMENTS = frozenset(f"{op}=" for op in ("+", "-", "*", "/", "%", "&", "|", "^")) | {
    "<<=",
    ">>=",
}

_FLOAT_RANK = {BasicType.FLOAT: 1, BasicType.DOUBLE: 2, BasicType.LONGDOUBLE: 3}
_INTEGER_RANK = {
    BasicType.INT: 1,
    BasicType.UINT: 1,
    BasicType.LONG: 2,
    BasicType.ULONG: 2,
    BasicType.LONGLONG: 3,
    BasicType.ULONGLONG: 3,
}
_UNSIGNED_TWIN = {
    BasicType.INT: BasicType.UINT,
    BasicType.LONG: BasicType.ULONG,
    BasicType.LONGLONG: BasicType.ULONGLONG,
}
_NUMBER = re.compile(
    r"(?P<digits>0[xX][0-9a-fA-F]+|0[bB][01]+|[0-9]+)(?P<suffix>[uUlL]*)$"
    r"|(?P<float>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)(?P<kind>[fFlL]?)$"
)
_SUFFIXES = ("", "u", "l", "ul", "lu", "ll", "ull", "llu")


def is_arithmetic(typ: Any) -> bool:
    """Whether the type takes part in arithmetic: integers, floats and enumerations."""
    if isinstance(typ, BasicType):
        return not typ.is_void
    return isinstance(typ, ctypes.EnumType)


def wrap(value: int, bits: int, signed: bool) -> int:
    """An integer reduced to a two's complement type of that many bits."""
    value &= (1 << bits) - 1
    return value - (1 << bits) if signed and value >> (bits - 1) else value


class FileScope(RootScope):  # type: ignore[misc]
    """The scope around a source."""

    def is_const_expr(self, expr: Any) -> bool:
        """Whether an expression has the form of a constant (C99 6.6)."""
        if isinstance(expr, expressions.TernaryOperator):
            return all(map(self.is_const_expr, (expr.a, expr.b, expr.c)))
        return bool(super().is_const_expr(expr))


class Semantics(CSemantics):  # type: ignore[misc]
    """Types every expression as C99 6.5 does, conversions included."""

    def __init__(self, context: Any) -> None:
        super().__init__(context)
        self._root_scope = FileScope()

    def check_redeclaration_storage_class(self, sym: Any, declaration: Any) -> None:
        """A variable that is declared with and without `extern` is defined here (C99 6.9.2)."""
        before, given = sym.declaration.storage_class, declaration.storage_class
        super().check_redeclaration_storage_class(sym, declaration)
        if isinstance(declaration, declarations.VariableDeclaration) and "extern" in (
            before,
            given,
        ):
            declaration.storage_class = given if before == "extern" else before

    def on_number(self, value: str, location: Any) -> Any:
        """A constant has the first type of its list that can hold it (C99 6.4.4.1)."""
        match = _NUMBER.match(value)
        if not match or (match["suffix"] or "").lower() not in _SUFFIXES:
            self.error(f"'{value}' is not a number", location)
        assert match is not None
        if match["float"]:
            kind = BasicType.FLOAT if match["kind"].lower() == "f" else BasicType.DOUBLE
            return expressions.NumericLiteral(float(match["float"]), BasicType(kind), location)
        digits, suffix = match["digits"].lower(), match["suffix"].lower()
        octal = len(digits) > 1 and digits[0] == "0" and digits[1] not in "xb"
        if octal and set(digits) & set("89"):
            self.error(f"'{value}' is not an octal number", location)
        number = int(digits, 8 if octal else 0)
        typ = self._constant_type(number, suffix, decimal=digits[0] != "0")
        if typ is None:
            self.error(f"'{value}' does not fit in 64 bits", location)
        return expressions.NumericLiteral(number, typ, location)

    @staticmethod
    def _constant_type(number: int, suffix: str, *, decimal: bool) -> Any:
        unsigned, longs = "u" in suffix, suffix.count("l")
        signed_types = (BasicType.INT, BasicType.LONG, BasicType.LONGLONG)[longs:]
        for signed_type in signed_types:
            bits = 64 if signed_type == BasicType.LONGLONG else 32
            if not unsigned and number < 1 << (bits - 1):
                return BasicType(signed_type)
            if (unsigned or not decimal) and number < 1 << bits:
                return BasicType(_UNSIGNED_TWIN[signed_type])
        return None

    def on_char(self, value: str, location: Any) -> Any:
        """A character constant is an int; `char` is signed here, as it is in clang."""
        text = replace_escape_codes(value.removeprefix("L").strip("'") or "'")
        if len(text) != 1 or ord(text) > 255:
            self.error(f"{value} is not one character", location)
        return expressions.NumericLiteral(wrap(ord(text), 8, signed=True), self.int_type, location)

    def check_condition(self, condition: Any) -> Any:
        """A condition is compared with zero in its own type."""
        condition = self.pointer(condition)
        if not (is_arithmetic(condition.typ) or condition.typ.is_pointer):
            self.error("A condition must be a number or a pointer", condition.location)
        return condition

    def coerce(self, expr: Any, typ: Any) -> Any:
        """An implicit conversion; between pointers and numbers C wants a cast (C99 6.5.16.1)."""
        from_pointer = isinstance(expr.typ, ctypes.IndexableType)
        to_pointer = isinstance(typ, ctypes.IndexableType)
        null = isinstance(expr, expressions.NumericLiteral) and expr.value == 0
        if (from_pointer and is_arithmetic(typ)) or (
            to_pointer and is_arithmetic(expr.typ) and not null
        ):
            self.error("A pointer and a number need a cast", expr.location)
        return super().coerce(expr, typ)

    def promote(self, expr: Any) -> Any:
        """Integer promotion (C99 6.3.1.1)."""
        if expr.typ.is_promotable or isinstance(expr.typ, ctypes.EnumType):
            return self.coerce(expr, self.int_type)
        return expr

    def arithmetic_type(self, left: Any, right: Any) -> Any:
        """The common type of two promoted operands (C99 6.3.1.8)."""
        floats = [t.type_id for t in (left, right) if t.type_id in _FLOAT_RANK]
        if floats:
            return BasicType(max(floats, key=_FLOAT_RANK.__getitem__))
        high, low = sorted((left.type_id, right.type_id), key=_INTEGER_RANK.__getitem__)[::-1]
        unsigned_low = low in BasicType.UNSIGNED_INTEGER_TYPES
        same_size = self.context.sizeof(BasicType(high)) == self.context.sizeof(BasicType(low))
        if high in _UNSIGNED_TWIN and unsigned_low and same_size:
            high = _UNSIGNED_TWIN[high]
        return BasicType(high)

    def balance(self, left: Any, right: Any, op: str, location: Any) -> tuple[Any, Any]:
        """Both operands in their common type; raises CompilerError when they have none."""
        if is_arithmetic(left.typ) and is_arithmetic(right.typ):
            left, right = self.promote(left), self.promote(right)
            common = self.arithmetic_type(left.typ, right.typ)
        elif op in COMPARISONS and (left.typ.is_pointer or right.typ.is_pointer):
            common = left.typ if left.typ.is_pointer else right.typ
        else:
            self.error(f"Operator {op} does not take these operands", location)
        return self.coerce(left, common), self.coerce(right, common)

    def on_binop(self, lhs: Any, op: str, rhs: Any, location: Any) -> Any:
        """Type a binary operator; pointer arithmetic is written out in bytes' terms."""
        if op in COMPOUND_ASSIGNMENTS:
            return self._compound_assignment(lhs, op, self.pointer(rhs), location)
        lhs, rhs = self.pointer(lhs), self.pointer(rhs)
        if op in ("=", ",", "&&", "||"):
            return super().on_binop(lhs, op, rhs, location)
        if op in ("+", "-") and (lhs.typ.is_pointer or rhs.typ.is_pointer):
            return self._pointer_arithmetic(lhs, op, rhs, location)
        if op in SHIFTS:
            lhs = self.promote(lhs)
            self._require_integers(lhs, rhs, op, location)
            rhs = self.coerce(rhs, lhs.typ)
        else:
            lhs, rhs = self.balance(lhs, rhs, op, location)
            if op in ("%", "&", "|", "^"):
                self._require_integers(lhs, rhs, op, location)
        typ = self.int_type if op in COMPARISONS else lhs.typ
        return expressions.BinaryOperator(lhs, op, rhs, typ, False, location)

    def _require_integers(self, lhs: Any, rhs: Any, op: str, location: Any) -> None:
        if not (lhs.typ.is_integer and self.promote(rhs).typ.is_integer):
            self.error(f"Operator {op} needs integers", location)

    def _pointer_arithmetic(self, lhs: Any, op: str, rhs: Any, location: Any) -> Any:
        if op == "+" and rhs.typ.is_pointer and not lhs.typ.is_pointer:
            lhs, rhs = rhs, lhs
        if not lhs.typ.is_pointer or (op == "+" and rhs.typ.is_pointer):
            self.error(f"Operator {op} does not take these operands", location)
        if not rhs.typ.is_pointer:
            rhs = self.coerce(self.promote(rhs), self.int_type)
            if op == "-":
                rhs = expressions.UnaryOperator("-", rhs, self.int_type, False, location)
            return expressions.BinaryOperator(lhs, "+", rhs, lhs.typ, False, location)
        size = self.context.sizeof(lhs.typ.element_type)
        bytes_apart = expressions.BinaryOperator(
            self.on_cast(self.int_type, lhs, location),
            "-",
            self.on_cast(self.int_type, rhs, location),
            self.int_type,
            False,
            location,
        )
        divisor = expressions.NumericLiteral(size, self.int_type, location)
        return expressions.BinaryOperator(bytes_apart, "/", divisor, self.int_type, False, location)

    def _compound_assignment(self, lhs: Any, op: str, rhs: Any, location: Any) -> Any:
        """`a op= b`: the right operand carries the type the operator computes in."""
        if not lhs.lvalue:
            self.error("Expected lvalue", lhs.location)
        if lhs.typ.is_pointer and op in ("+=", "-="):
            rhs = self.coerce(self.promote(rhs), self.int_type)
        elif not is_arithmetic(lhs.typ) or not is_arithmetic(rhs.typ):
            self.error(f"Operator {op} does not take these operands", location)
        elif op[:-1] in SHIFTS:
            rhs = self.coerce(rhs, self.promote(lhs).typ)
        else:
            common = self.arithmetic_type(self.promote(lhs).typ, self.promote(rhs).typ)
            rhs = self.coerce(rhs, common)
        if op in ("%=", "&=", "|=", "^=", "<<=", ">>=") and not rhs.typ.is_integer:
            self.error(f"Operator {op} needs integers", location)
        return expressions.BinaryOperator(lhs, op, rhs, lhs.typ, False, location)

    def on_unop(self, op: str, a: Any, location: Any) -> Any:
        """Type a unary operator."""
        if op in ("+", "-", "~"):
            a = self.promote(self.pointer(a))
            if not is_arithmetic(a.typ) or (op == "~" and not a.typ.is_integer):
                self.error(f"Operator {op} does not take this operand", location)
            if op == "+":
                return a
            return expressions.UnaryOperator(op, a, a.typ, False, location)
        return super().on_unop(op, a, location)

    def on_ternop(self, lhs: Any, op: str, mid: Any, rhs: Any, location: Any) -> Any:
        """Type `a ? b : c`: both results get their common type."""
        lhs = self.check_condition(lhs)
        mid, rhs = self.pointer(mid), self.pointer(rhs)
        if is_arithmetic(mid.typ) and is_arithmetic(rhs.typ):
            mid, rhs = self.balance(mid, rhs, op, location)
        elif rhs.typ.is_pointer and not mid.typ.is_pointer:
            mid = self.coerce(mid, rhs.typ)
        else:
            rhs = self.coerce(rhs, mid.typ)
        return expressions.TernaryOperator(lhs, op, mid, rhs, mid.typ, False, location)

    def on_array_index(self, base: Any, index: Any, location: Any) -> Any:
        """`a[i]` is `*(a + i)`."""
        return self.on_unop("*", self.on_binop(base, "+", index, location), location)

    def on_switch_enter(self, expression: Any) -> None:
        """A switch compares in the promoted type of its expression."""
        super().on_switch_enter(self.promote(expression))

    def on_switch_exit(self, expression: Any, statement: Any, location: Any) -> Any:
        """The statement over the promoted expression."""
        return super().on_switch_exit(self.promote(expression), statement, location)


class Evaluator(ConstantExpressionEvaluator):  # type: ignore[misc]
    """Constant expressions (C99 6.6), computed in the type of each operator."""

    def eval_expr(self, expr: Any) -> Any:
        """The value of a constant expression; raises CompilerError when it has none."""
        if isinstance(expr, int):
            return expr
        try:
            if isinstance(expr, expressions.TernaryOperator):
                value = self.eval_expr(expr.b if self.eval_expr(expr.a) else expr.c)
            else:
                value = super().eval_expr(expr)
        except (NotImplementedError, TypeError, KeyError, ZeroDivisionError):
            self.context.error("This is not a constant expression", expr.location)
        return self._in_type(value, expr.typ)

    def _in_type(self, value: Any, typ: Any) -> Any:
        if isinstance(value, int | float) and typ.is_integer:
            return wrap(int(value), 8 * self.context.sizeof(typ), typ.is_signed)
        return value

    def eval_unop(self, expr: Any) -> Any:
        """The value of `-`, `~` or `!`; an address is left to ppci."""
        if expr.op == "&":
            return super().eval_unop(expr)
        return _UNARY[expr.op](self.eval_expr(expr.a))

    def eval_binop(self, expr: Any) -> Any:
        """The value of a binary operator; integer division truncates (C99 6.5.5)."""
        a, op = self.eval_expr(expr.a), expr.op
        if op in ("&&", "||"):
            if bool(a) == (op == "||"):
                return int(bool(a))
            return int(bool(self.eval_expr(expr.b)))
        b = self.eval_expr(expr.b)
        if isinstance(a, int) and isinstance(b, int) and op in ("/", "%"):
            quotient = abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)
            return quotient if op == "/" else a - b * quotient
        return _BINARY[op](a, b)


_UNARY: dict[str, Callable[[Any], Any]] = {
    "-": lambda a: -a,
    "~": lambda a: ~a,
    "!": lambda a: int(not a),
}
_BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "&": lambda a, b: a & b,
    "|": lambda a, b: a | b,
    "^": lambda a, b: a ^ b,
    "<<": lambda a, b: a << (b & 63),
    ">>": lambda a, b: a >> (b & 63),
    "<": lambda a, b: int(a < b),
    ">": lambda a, b: int(a > b),
    "<=": lambda a, b: int(a <= b),
    ">=": lambda a, b: int(a >= b),
    "==": lambda a, b: int(a == b),
    "!=": lambda a, b: int(a != b),
}
