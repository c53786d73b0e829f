"""Type definitions (spec 3.2.8 to 3.2.11): supertypes exist, are open, and match."""

from __future__ import annotations

from wasm_vm.errors import Invalid, LimitExceeded
from wasm_vm.matching import composite_matches
from wasm_vm.module import Module
from wasm_vm.types import DefinedType, Features, FunctionType
from wasm_vm.validation.stacks import Mismatch


def validate_types(module: Module) -> None:
    """Check all types of a module; raises Invalid, LimitExceeded or Mismatch.

    The shape of the hierarchy comes first: matching walks it and must come to an end.
    """
    for index, offset in module.unknown_types:
        raise Invalid(f"unknown type {index}", offset)
    depths: dict[DefinedType, int] = {}
    for index, kind in enumerate(module.types):
        depths[kind] = _depth(kind, index, depths)
        if depths[kind] > module.limits.subtyping_depth:
            most = module.limits.subtyping_depth
            raise LimitExceeded("subtyping_depth", f"type {index} has more than {most} supertypes")
    for index, kind in enumerate(module.types):
        for parent in kind.supertypes:
            if isinstance(parent, DefinedType) and not composite_matches(
                kind.composite, parent.composite
            ):
                raise Mismatch(f"sub type {index} does not match its supertype")
    if module.features is Features.V1:
        for kind in module.types:
            if isinstance(kind.composite, FunctionType) and len(kind.composite.results) > 1:
                raise Mismatch("invalid result arity: 1.0 has at most one result")


def _depth(kind: DefinedType, index: int, depths: dict[DefinedType, int]) -> int:
    """Number of supertypes above a type."""
    if not kind.supertypes:
        return 0
    if len(kind.supertypes) > 1:
        raise Mismatch(f"sub type {index} has more than one supertype")
    parent = kind.supertypes[0]
    if not isinstance(parent, DefinedType) or parent not in depths:
        raise Mismatch(f"unknown type: sub type {index} stands before its supertype")
    if parent.final:
        raise Mismatch(f"sub type {index} does not match its supertype, which is final")
    return depths[parent] + 1
