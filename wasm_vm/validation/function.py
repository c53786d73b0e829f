"""One function or constant expression (spec 3.3, with the algorithm of its appendix 7.3).

Instructions with a signature are checked by the table's row, all others by their rule.
"""

from __future__ import annotations

from wasm_vm.errors import Invalid
from wasm_vm.instructions import TABLE
from wasm_vm.module import Code, Expression, Locals
from wasm_vm.types import Features, FunctionType, ReferenceType, ValueType
from wasm_vm.validation.context import Context
from wasm_vm.validation.plan import FunctionPlan
from wasm_vm.validation.rules import RULES
from wasm_vm.validation.stacks import Mismatch, Stacks

_RULES = {row: RULES[row.name] for row in TABLE if row.name in RULES}

_CONSTANT = frozenset(
    {"i32.const", "i64.const", "f32.const", "f64.const", "ref.null", "ref.func", "global.get"}
)
_CONSTANT_V3 = _CONSTANT | {
    f"{kind}.{operator}" for kind in ("i32", "i64") for operator in ("add", "sub", "mul")
}


class FunctionValidator:
    """Checks one body against its type."""

    __slots__ = ("body", "context", "locals", "stacks", "type")

    def __init__(
        self,
        context: Context,
        kind: FunctionType,
        declared: Locals,
        body: Expression,
    ) -> None:
        self.context = context
        self.type = kind
        self.locals = [*kind.parameters]
        for count, local in declared:
            self.locals += [local] * count
        self.body = body
        self.stacks = Stacks(context.limits.operands)

    def local(self, index: int) -> ValueType:
        """The type of a local."""
        if index >= len(self.locals):
            raise Mismatch(f"unknown local {index}")
        return self.locals[index]

    def run(self) -> None:
        """Check every instruction; raises Invalid with the offset of the first that breaks a rule,
        LimitExceeded where the operands are too many.

        The body of a function is a block whose label is the function's return.
        """
        stacks = self.stacks
        stacks.open("function", (), self.type.results, 0)
        at = 0
        try:
            for at, (row, immediate, _) in enumerate(self.body):
                rule = _RULES.get(row)
                if rule is not None:
                    rule(self, at, immediate)
                if row.operands is not None:
                    for kind in reversed(row.operands):
                        stacks.pop(kind)
                    for kind in row.results:
                        stacks.push(kind)
        except Mismatch as error:
            row, _, offset = self.body[at]
            raise Invalid(f"{row.name}: {error}", offset) from None


def validate_function(
    context: Context, index: int, name: str | None, kind: FunctionType, code: Code
) -> FunctionPlan:
    """The plan of a function; raises Invalid, LimitExceeded."""
    validator = FunctionValidator(context, kind, code.locals, code.body)
    validator.run()
    branches = {
        at: tuple(branch) if isinstance(branch, list) else branch
        for at, branch in validator.stacks.branches.items()
    }
    height = validator.stacks.greatest_height
    return FunctionPlan(index, name, kind, code.locals, code.body, branches, height)


def validate_constant(context: Context, expression: Expression, kind: ValueType) -> None:
    """Check that an expression is constant (spec 3.3.10) and of the type; raises Invalid.

    Before 3.0 only an imported global may be read, which the caller's context sees to.
    """
    allowed = _CONSTANT_V3 if context.features >= Features.V3 else _CONSTANT
    for row, immediate, offset in expression[:-1]:
        constant = row.name in allowed
        if constant and row.name == "global.get":
            if immediate >= context.globals_known:
                raise Invalid(f"unknown global {immediate}", offset)
            constant = not context.global_(immediate).mutable
        if not constant:
            raise Invalid(f"constant expression required, found {row.name}", offset)
    FunctionValidator(context, FunctionType((), (kind,)), (), expression).run()


def reference_fits(actual: ReferenceType, expected: ReferenceType) -> bool:
    """True when a reference of one type may be stored where another is expected."""
    return actual is expected
