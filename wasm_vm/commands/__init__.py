"""The commands of the command line: one file each, and what they share.

guest.py runs a program or a function under the options that run, trace and profile have in common;
describe.py says in text what types, instructions and values are.
"""

from __future__ import annotations

from wasm_vm.commands import dump, profile, run, trace, validate
from wasm_vm.commands.guest import System

__all__ = ["COMMANDS", "System"]

COMMANDS = (run, validate, dump, trace, profile)
"""Modules with a function `add`, which declares the command's name and options."""
