"""The module as a whole: what is imported, exported, reached, and where things lie."""

from __future__ import annotations

from pathlib import Path

import pytest

import wasm_vm
from ferrite.plugins.ccompiler import CompileError
from tests.support.c_programs import compile_c
from wasm_vm import ExternKind, Module


def module(folder: Path, *sources: str, exports: str = "run") -> Module:
    return wasm_vm.load(compile_c(folder, *sources, exports=exports)).module


def test_only_what_the_entry_points_reach_is_there(tmp_path: Path) -> None:
    found = module(
        tmp_path,
        """extern int ferrite_get(int); extern int ferrite_set(int);
        static int used(int x) { return ferrite_get(x); }
        static int unused(int x) { return ferrite_set(x); }
        int other(void) { return unused(1); }
        int run(void) { return used(2); }""",
    )
    assert [(entry.module, entry.name) for entry in found.imports] == [("ferrite_v1", "get")]
    assert [export.name for export in found.exports] == ["memory", "run"]
    assert len(found.functions) == 2
    assert sorted(found.function_names.values()) == ["ferrite_get", "run", "used"]


def test_unsigned_parameters_are_i32(tmp_path: Path) -> None:
    found = module(
        tmp_path,
        """extern unsigned ferrite_f(unsigned a, long long b, double c, const char *d, char e);
        int run(void) { return ferrite_f(1, 2, 3, 0, 4); }""",
    )
    kind = found.function_type(found.imports[0].description)  # type: ignore[index]
    assert str(kind) == "[i32 i64 f64 i32 i32] -> [i32]"


def test_files_see_each_other(tmp_path: Path) -> None:
    sources = (
        "extern int shared; int twice(int); static int local(void) { return 1; } "
        "int run(void) { shared += 5; return twice(shared) + local(); }",
        "int shared = 16; static int local(void) { return 1000; } "
        "int twice(int x) { return 2 * x + 0 * local(); }",
    )
    instance = wasm_vm.instantiate(wasm_vm.load(compile_c(tmp_path, *sources)))
    assert instance.invoke("run") == 43


def test_a_header_declares_what_a_file_defines(tmp_path: Path) -> None:
    header = "extern int count, start; extern int list[3]; int next(void); "
    sources = (
        f"{header} int run(void) {{ next(); return next() + list[1] + start; }}",
        f"{header} {header} int count; int list[3]; int start = 1000; extern int list[3]; "
        "static int own = 7; extern int own; extern int start; "
        "int next(void) { list[1] += 100; return ++count + 0 * own; }",
    )
    instance = wasm_vm.instantiate(wasm_vm.load(compile_c(tmp_path, *sources)))
    assert instance.invoke("run") == 1202


def test_the_stack_lies_below_the_data_so_that_an_overflow_traps(tmp_path: Path) -> None:
    source = """static int deep(int n) {
            int frame[64];
            frame[n & 63] = n;
            return deep(n + frame[0]);
        }
        int run(void) { return deep(1); }"""
    instance = wasm_vm.instantiate(wasm_vm.load(compile_c(tmp_path, source)))
    with pytest.raises(wasm_vm.Trap) as caught:
        instance.invoke("run")
    assert caught.value.kind is wasm_vm.TrapKind.MEMORY_BOUNDS


def test_a_null_function_pointer_traps(tmp_path: Path) -> None:
    source = """static int f(void) { return 1; } static int (*p)(void) = f;
        int run(void) { p = 0; return p(); }"""
    instance = wasm_vm.instantiate(wasm_vm.load(compile_c(tmp_path, source)))
    with pytest.raises(wasm_vm.Trap) as caught:
        instance.invoke("run")
    assert caught.value.kind is wasm_vm.TrapKind.UNINITIALIZED_ELEMENT


def test_memory_is_as_large_as_the_data_needs(tmp_path: Path) -> None:
    small = module(tmp_path, "int run(void) { return 1; }")
    assert small.memories[0].bounds.minimum == 1
    assert small.datas == ()
    large = module(tmp_path, "static char a[200000]; int run(void) { return a[5]; }")
    assert large.memories[0].bounds.minimum == 5
    assert large.datas == (), "zeros need no segment"


def test_equal_strings_are_one(tmp_path: Path) -> None:
    source = """int run(void) {
        const char *a = "text", *b = "text", *c = "texts";
        return (a == b) * 10 + (a == c);
    }"""
    binary = compile_c(tmp_path, source)
    assert wasm_vm.instantiate(wasm_vm.load(binary)).invoke("run") == 10
    assert binary.count(b"text\0") == 1


@pytest.mark.parametrize(
    ("sources", "message"),
    [
        (
            ["int strlen(const char *s); int run(void) { return strlen(0); }"],
            "'strlen' is used and",
        ),
        (["extern int x; int run(void) { return x; }"], "'x' is used and nowhere defined"),
        (["int f; int run(void) { return f; }", "int f;"], "'f' is defined in"),
        (
            [
                "int run(int x) { if (x) goto in; "
                "for (;;) { x++; in: x += 2; if (x > 9) return x; } }"
            ],
            "in function run: a goto enters a loop past its start",
        ),
    ],
)
def test_errors(tmp_path: Path, sources: list[str], message: str) -> None:
    with pytest.raises(CompileError, match=message):
        compile_c(tmp_path, *sources)


def test_a_name_that_is_no_function_is_not_exported(tmp_path: Path) -> None:
    found = module(tmp_path, "int run(void) { return 1; } int x;", exports="run x none")
    functions = [e.name for e in found.exports if e.kind is ExternKind.FUNCTION]
    assert functions == ["run"]
