"""Validation rules of the instructions whose type is not a plain signature (spec 3.4).

Importing this package has declared all of them.
"""

from __future__ import annotations

from wasm_vm.validation.rules import (
    aggregates,
    branches,
    calls,
    control,
    memory,
    tables,
    variables,
)
from wasm_vm.validation.rules.declare import RULES, Rule

__all__ = ["DECLARING", "RULES", "Rule"]

DECLARING = (aggregates, branches, calls, control, memory, tables, variables)
