"""The VM's command line on a module that a test has at hand."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support import wat
from wasm_vm.cli import main


@dataclass(frozen=True)
class Ended:
    """Exit code, standard output and standard error; the module's path is written FILE there."""

    code: int
    out: str
    err: str


class CommandLine:
    """Calls of `python -m wasm_vm` in this process."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capsys = capsys

    def __call__(self, module: str | bytes, *words: str, system: Any = None) -> Ended:
        """Run COMMAND FILE and the other words on a module, which may be text."""
        file = self.folder / "m.wasm"
        file.write_bytes(wat.assemble(module) if isinstance(module, str) else module)
        try:
            code = main([words[0], str(file), *words[1:]], "tool", system)
        except SystemExit as exit_:
            code = int(str(exit_.code))
        captured = self._capsys.readouterr()
        assert "Traceback" not in captured.err
        shown = str(file)
        return Ended(code, captured.out.replace(shown, "FILE"), captured.err.replace(shown, "FILE"))
