"""`python -m wasm_vm`: run and check modules that need no system interface."""

from __future__ import annotations

from wasm_vm.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
