from __future__ import annotations

import sys

import pytest


def test_a_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    import wasi_adapter as adapter

    monkeypatch.delenv("WASM_VM_PYTHON", raising=False)
    monkeypatch.setenv("WASM_VM_ENGINE", "compiled")
    assert adapter.get_name() == "wasm-vm (compiled)"
    assert adapter.get_wasi_versions() == ["wasm32-wasip1"]
    assert adapter.get_wasi_worlds() == ["wasi:cli/command"]
    assert adapter.get_version()
    given = (["a", "--b"], {"N": "1"}, "/folder")
    assert adapter.compute_argv("x.wasm", given, [], "wasi:cli/command", "wasm32-wasip1") == [
        sys.executable, "-m", "wasi", "run", "x.wasm", "--engine", "compiled",
        "--allow", "clock", "--allow", "random", "--env", "N=1", "--dir", "/folder::/",
        "--", "a", "--b",
    ]  # fmt: skip
    monkeypatch.setenv("WASM_VM_PYTHON", "python9")
    plain = adapter.compute_argv("x.wasm", ([], {}, None), [], "", "")
    assert plain[0] == "python9"
    assert plain[-1] == "random"
