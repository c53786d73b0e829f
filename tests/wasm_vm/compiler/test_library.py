"""Compiled code is made once, comes back from the cache, and does the same then."""

from __future__ import annotations

from pathlib import Path

import pytest

import wasm_vm
from tests.support import wat
from wasm_vm.compiler import library
from wasm_vm.compiler.cache import CodeCache
from wasm_vm.compiler.library import Library

TEXT = """(memory 1) (func (export "f") (param i32) (result f64) (local f64)
    (local.set 1 (f64.load (local.get 0)))
    (local.set 1 (f64.add (local.get 1) (f64.const nan)))
    (local.get 1))"""
NESTED = "(func " + "(loop (br_if 0 (i32.const 0)) " * 30 + ")" * 30 + ")"


@pytest.fixture
def cache(tmp_path: Path) -> CodeCache:
    return CodeCache(tmp_path)


@pytest.fixture
def compilations(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The functions that were compiled."""
    seen: list[int] = []
    compile_function = library.compile_function

    def counting(module: wasm_vm.ValidModule, plan: object) -> object:
        seen.append(plan.index)  # type: ignore[attr-defined]
        return compile_function(module, plan)  # type: ignore[arg-type]

    monkeypatch.setattr(library, "compile_function", counting)
    return seen


def all_codes(books: Library, module: wasm_vm.ValidModule) -> list[object]:
    return [books.code(module, plan) for plan in module.plans]


def test_a_function_is_compiled_once(compilations: list[int]) -> None:
    books, module = Library(), wat.load(TEXT)
    assert not books.has(module, module.plans[0])
    assert all_codes(books, module) == all_codes(books, module)
    assert books.has(module, module.plans[0])
    assert module.plans[0] in books
    assert compilations == [0]


def test_another_process_finds_the_code(cache: CodeCache, compilations: list[int]) -> None:
    first, second = Library(), Library()
    first.use(cache)
    made = all_codes(first, wat.load(TEXT))
    first.flush()
    second.use(cache)
    module = wat.load(TEXT)
    assert second.has(module, module.plans[0])
    (found,) = all_codes(second, module)
    assert compilations == [0]
    for field in ("code", "sites", "links", "tail", "dirty"):
        assert getattr(found, field) == getattr(made[0], field)


def test_a_function_that_cannot_be_compiled_is_remembered(
    cache: CodeCache, compilations: list[int]
) -> None:
    reasons = []
    for _ in range(2):
        books, module = Library(), wat.load(NESTED)
        books.use(cache)
        assert all_codes(books, module) == [None]
        reasons.append(books.left_out[module.plans[0]])
        books.flush()
    assert compilations == [0]
    assert reasons[0] == reasons[1] != ""


def test_many_unsaved_modules_are_saved_early(
    cache: CodeCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library, "UNSAVED_MOST", 2)
    books = Library()
    books.use(cache)
    modules = [wat.load("(func)" * count) for count in range(1, 5)]
    for module in modules:
        books.code(module, module.plans[0])
    assert [bool(cache.load(module)) for module in modules] == [True, True, True, False]
    books.use(None)
    assert cache.load(modules[3])


def test_a_run_with_cached_code_needs_no_compiler(
    cache: CodeCache, compilations: list[int]
) -> None:
    try:
        for _ in range(2):
            wasm_vm.use_code_cache(cache)
            instance = wat.instance(TEXT)
            instance.prepare()
            assert instance.invoke_bits("f", 3) == (0x7FF8 << 48,)
            with pytest.raises(wasm_vm.Trap, match="8 bytes at 65529"):
                instance.invoke("f", 65529)
            wasm_vm.use_code_cache(None)
    finally:
        wasm_vm.use_code_cache(None)
    assert compilations == [0]
