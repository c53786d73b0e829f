"""One function or constant expression (spec 3.4, with the algorithm of its appendix).

Instructions with a rule are checked by it, all others by the signature of their row.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from wasm_vm.errors import Invalid, LimitExceeded
from wasm_vm.instructions import TABLE
from wasm_vm.module import Catch, Code, Expression, Locals
from wasm_vm.types import DefinedType, Features, FunctionType, ValueType
from wasm_vm.validation.context import Context
from wasm_vm.validation.plan import Branch, Findings, FunctionPlan, Handler
from wasm_vm.validation.rules import RULES
from wasm_vm.validation.stacks import Mismatch, Stacks

_RULES = {row: RULES[row.name] for row in TABLE if row.name in RULES}

_CONSTANT = frozenset(
    {"i32.const", "i64.const", "f32.const", "f64.const", "v128.const"}
    | {"ref.null", "ref.func", "global.get"}
)
_CONSTANT_V3 = (
    _CONSTANT
    | {f"{kind}.{operator}" for kind in ("i32", "i64") for operator in ("add", "sub", "mul")}
    | {"ref.i31", "struct.new", "struct.new_default", "any.convert_extern", "extern.convert_any"}
    | {"array.new", "array.new_default", "array.new_fixed"}
)


class FunctionValidator:
    """Checks one body against its type.

    handlers: clauses and branches of each try_table, by its index in the body; ends: where it
    ends.
    """

    __slots__ = ("body", "clauses", "context", "ends", "handlers", "locals", "stacks", "type")

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
        unset: set[int] = set()
        for count, local in declared:
            if not local.has_default:
                unset.update(range(len(self.locals), len(self.locals) + count))
            self.locals += [local] * count
        self.body = body
        self.stacks = Stacks(unset, context.limits.operands)
        self.handlers: dict[int, tuple[tuple[Catch, ...], list[Branch]]] = {}
        self.ends: dict[int, int] = {}
        self.clauses = 0

    def local(self, index: int) -> ValueType:
        """The type of a local."""
        if index >= len(self.locals):
            raise Mismatch(f"unknown local {index}")
        return self.locals[index]

    def is_set(self, index: int) -> bool:
        """True when a local has a value here."""
        return index not in self.stacks.unset

    def set(self, index: int) -> None:
        """A local gets a value here."""
        self.stacks.assign(index)

    def count_clauses(self, count: int) -> None:
        """Bound the catch clauses of the function; raises LimitExceeded."""
        self.clauses += count
        most = self.context.limits.catch_clauses
        if self.clauses > most:
            raise LimitExceeded("catch_clauses", f"more than {most} in a function")

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
                elif row.operands:
                    for kind in reversed(row.operands):
                        stacks.pop(kind)
                    for kind in row.results:
                        stacks.push(kind)
        except Mismatch as error:
            row, _, offset = self.body[at]
            raise Invalid(f"{row.name}: {error}", offset) from None


def validate_function(
    context: Context,
    index: int,
    name: str | None,
    defined: DefinedType,
    code: Code,
    known: bool = False,
) -> FunctionPlan:
    """The plan of a function; raises Invalid, LimitExceeded. known: to be valid, so that it is
    looked at when it is asked for.
    """
    kind = context.signature(index)
    if known:
        check = partial(_check, context, kind, code)
        return FunctionPlan(index, name, kind, defined, code.locals, check)
    findings = _check(context, kind, code)
    return FunctionPlan(index, name, kind, defined, code.locals, lambda: findings)


def _check(context: Context, kind: FunctionType, code: Code) -> Findings:
    validator = FunctionValidator(context, kind, code.locals, code.body)
    validator.run()
    handlers = [
        Handler(start, validator.ends[start], clauses, tuple(branches))
        for start, (clauses, branches) in sorted(validator.handlers.items(), reverse=True)
    ]
    branches = {at: _frozen(branch) for at, branch in validator.stacks.branches.items()}
    return Findings(code.body, branches, validator.stacks.greatest_height, tuple(handlers))


def _frozen(branch: Any) -> Any:
    return tuple(branch) if isinstance(branch, list) else branch


def validate_constant(context: Context, expression: Expression, kind: ValueType) -> None:
    """Check that an expression is constant (spec 3.4.13) and of the type; raises Invalid.

    Which globals may be read is the caller's choice of context.
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
