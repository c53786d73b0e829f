"""Chapter 3 of the specification, validation: Module to ValidModule, with a plan per function."""

from __future__ import annotations

from wasm_vm.validation.module import validate
from wasm_vm.validation.plan import Branch, FunctionPlan, Handler, IndexSpaces, ValidModule

__all__ = ["Branch", "FunctionPlan", "Handler", "IndexSpaces", "ValidModule", "validate"]
