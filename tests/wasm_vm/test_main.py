from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.support import wat
from tests.support.waiting import SECONDS_MAX


def test_python_dash_m(tmp_path: Path) -> None:
    file = tmp_path / "m.wasm"
    file.write_bytes(wat.assemble('(func (export "f") (result i32) i32.const 42)'))
    command = [sys.executable, "-m", "wasm_vm", "run", str(file), "--invoke", "f"]
    found = subprocess.run(command, capture_output=True, timeout=SECONDS_MAX, check=False)
    assert (found.returncode, found.stdout, found.stderr) == (0, b"42\n", b"")
