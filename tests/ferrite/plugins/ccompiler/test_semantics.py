"""What C expressions mean, against values worked out by hand (and by a C compiler where one is)."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from pathlib import Path

import pytest

from ferrite.plugins.ccompiler import CompileError
from tests.support.c_programs import compile_c, run_c
from tests.support.waiting import SECONDS_MAX

# Declarations, expression, value as a long long. The variables are not constant to a compiler.
EXPRESSIONS = [
    ("unsigned char a = 200, b = 100;", "a + b", 300),
    ("char c = 200;", "c", -56),
    ("signed char c = -1; unsigned char d = -1;", "c == d", 0),
    ("unsigned char c = 255;", "c << 4", 4080),
    ("unsigned char c = 255;", "~c", -256),
    ("unsigned short s = 65535;", "-s", -65535),
    ("unsigned a = 1; int b = -2;", "a + b > 0", 1),
    ("unsigned a = 1; int b = -2;", "a > b", 0),
    ("unsigned a = 4000000000u;", "a + a", 3705032704),
    ("unsigned a = 7;", "(a - 8) / 2", 2147483647),
    ("unsigned a = 0x80000000;", "a >> 31", 1),
    ("int a = -8;", "a >> 1", -4),
    ("int a = -7, b = 2;", "a / b * 100 + a % b", -301),
    ("int a = 1;", "a << 31", -2147483648),
    ("long long a = 1;", "a << 40", 1 << 40),
    ("unsigned long long a = 0;", "(a - 1) / 3 == 6148914691236517205ull", 1),
    ("long long a = 5000000000; int b = -1;", "a * b", -5000000000),
    ("unsigned b = 1; long long a = -5;", "a < b", 1),
    ("long a = -1; unsigned b = 1;", "a < b", 0),
    ("int a = 2000000000;", "(long long)a + a", 4000000000),
    ("int a = 3;", "a & 6 | 8 ^ 1", 11),
    ("int a = 3, b = 4;", "a == 3 < b", 0),
    ("int a = 3, b = 4;", "a < b == 1", 1),
    ("int a = 5;", "a > 3 ? 1 : 2 > 1", 1),
    ("int a = 5;", "(a, a + 1)", 6),
    ("double d = 1.9;", "(int)d", 1),
    ("double d = -1.9;", "(int)d", -1),
    ("double d = 3000000000.0;", "(unsigned)d", 3000000000),
    ("double d = 300.7;", "(unsigned char)(int)d", 44),
    ("float f = 16777217;", "(int)f", 16777216),
    ("int i = 7;", "i / 2.0 == 3.5", 1),
    ("double d = 0.1, e = 0.2;", "d + e == 0.3", 0),
    ("double d = 0;", "d / d == d / d", 0),
    ("double d = 0;", "!(d / d < 1)", 1),
    ("double d = 0.5;", "d ? 1 : 2", 1),
    ("long long a = 1ll << 32;", "a ? 1 : 2", 1),
    ("long long a = 1ll << 32;", "!a", 0),
    ("long long a = 1ll << 32;", "a && 1", 1),
    ("int a = 'A';", "a == 65 && '\\n' == 10 && '\\0' == 0 && '\\\\' == 92 && '\\'' == 39", 1),
    ("int a = '\\xff';", "a", -1),
    ("int a = 0;", "sizeof(char) + sizeof(short) * 10 + sizeof(int) * 100", 421),
    ("int a = 0;", "sizeof(long long) + sizeof(double) + sizeof(float)", 20),
    ("int a[10];", "sizeof(a) / sizeof(a[0])", 10),
    ("int a = 0;", 'sizeof("hello")', 6),
    ("int a[4] = {1, 2, 3, 4}; int *p = a + 1;", "*(p + 2) * 10 + p[-1]", 41),
    ("int a[4] = {1, 2, 3, 4}; int *p = a + 3;", "p - a", 3),
    ("int a[4] = {1, 2, 3, 4}; int *p = a + 3;", "*(p - 2)", 2),
    ("int a[4] = {1, 2, 3, 4}; int *p = a;", "(p += 2, *p)", 3),
    ("int a[4] = {1, 2, 3, 4}; int *p = a + 3;", "(p -= 2, *p)", 2),
    ("int a[4] = {1, 2, 3, 4}; int *p = a;", "*p++ + *++p", 4),
    ("int a[4] = {1, 2, 3, 4};", "*(2 + a) + 1[a]", 5),
    ("int a[4]; int *p = a, *q = a + 1;", "(p < q) + (p == a) + (q != p) + (p != 0)", 4),
    ("double a[3] = {1, 2, 3}; double *p = a + 2;", "(p - a) * 10 + (int)*p", 23),
    ('char *s = "caf\u00e9";', "(s[3] & 255) * 1000 + (s[4] & 255)", 195169),
    (
        'char *s = "a" "b\\x41\\101\\0z";',
        "s[1] * 1000000 + s[2] * 10000 + s[3] * 100 + s[5]",
        98656622,
    ),
    ("char c = 100;", "c += 100", -56),
    ("unsigned char c = 10;", "c /= 300", 0),
    ("int i = 10;", "i *= 1.5", 15),
    ("int i = 7;", "i += 0.9", 7),
    ("unsigned char c = 255;", "c++ + c", 255),
    ("int i = 1;", "i <<= 3", 8),
    ("int i = -16;", "i >>= 2", -4),
    ("unsigned long long x = 1;", "x <<= 63, x >> 60", 8),
    ("int i = 12;", "(i %= 5, i |= 8, i ^= 3, i &= 13)", 9),
    ("int i = 0; int j = 0;", "(i && ++j) + (1 || ++j) + j", 1),
    ("int i = 10;", "0x10 + 010 + 0b11 + i", 37),
    ("int i = 1;", "0xFFFFFFFF > i", 1),
    ("int i = 1;", "2147483648 > i", 1),
    ("int i = 1;", "1e3 + .5 + 1.5e-1 + 2.f == 1002.65", 1),
    ("enum colour { RED, GREEN = 5, BLUE }; enum colour c = BLUE;", "c * 10 + RED", 60),
    (
        "enum { FLAG = 1 << 4 | 3 & ~2, OTHER = -7 / 2, LAST = FLAG > 3 ? 8 : 9 };",
        "FLAG * 100 + OTHER * 10 + LAST",
        1678,
    ),
]


@pytest.mark.parametrize(("declarations", "expression", "value"), EXPRESSIONS)
def test_an_expression(tmp_path: Path, declarations: str, expression: str, value: int) -> None:
    source = f"long long run(void) {{ {declarations} return {expression}; }}"
    assert run_c(tmp_path, source) == value


def test_the_values_above_are_those_of_a_c_compiler(tmp_path: Path) -> None:
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler is on this machine")
    skipped = ("long a",)  # 32 bits here, 64 bits on the machine
    lines = ["#define signed_char signed char"]
    for number, (declarations, expression, _) in enumerate(EXPRESSIONS):
        lines.append(f"long long f{number}(void) {{ {declarations} return {expression}; }}")
    (tmp_path / "all.c").write_text("\n".join(lines))
    library = tmp_path / "all.so"
    options = ["-w", "-O0", "-fwrapv", "-fsigned-char", "-shared", "-fPIC"]
    subprocess.run(
        [compiler, *options, str(tmp_path / "all.c"), "-o", str(library)],
        check=True,
        timeout=SECONDS_MAX,
    )
    loaded = ctypes.CDLL(str(library))
    for number, (declarations, expression, value) in enumerate(EXPRESSIONS):
        if declarations.startswith(skipped):
            continue
        function = loaded[f"f{number}"]
        function.restype = ctypes.c_longlong
        assert function() == value, f"{declarations} {expression}"


ERRORS = [
    ("int run(void) { return nothing; }", '1:24: Undeclared identifier: "nothing"'),
    ("int run(void) { return 089; }", "1:24: '089' is not an octal number"),
    ("int run(void) { return 1.5u; }", "1:24: '1.5u' is not a number"),
    ("int run(void) { return 99999999999999999999; }", "does not fit in 64 bits"),
    ("int run(void) { return 'ab'; }", "1:26: Expected '"),
    ("int run(void) { double d = 1; return d % 2; }", "1:40: Operator % needs integers"),
    ("int run(void) { double d = 1; return ~d; }", "1:38: Operator ~ does not take this operand"),
    ("int run(void) { int *p, *q; return p + q; }", "Operator + does not take these operands"),
    ("int run(void) { int *p; return p * 2; }", "Operator * does not take these operands"),
    (
        "struct s { int a; }; int run(void) { struct s x; return x + 1; }",
        "Operator + does not take",
    ),
    (
        "struct s { int a; }; int run(void) { struct s x; if (x) return 1; return 0; }",
        "A condition",
    ),
    ("int run(void) { 1 = 2; return 0; }", "1:17: Expected lvalue"),
    ("int run(void) { 5 += 2; return 0; }", "1:17: Expected lvalue"),
    ("int x = 5; int y = x; int run(void) { return y; }", "This is not a constant expression"),
    ("int a[3]; int *p = &a[1]; int run(void) { return *p; }", "is not a constant expression"),
    ('char a[] = {"xy"}; int run(void) { return 0; }', "A pointer and a number need a cast"),
    ("int run(void) { int *p = 5; return *p; }", "A pointer and a number need a cast"),
    ("int run(void) { int x; return &x; }", "A pointer and a number need a cast"),
    ("int run(void) { int x; return &x == 5; }", "A pointer and a number need a cast"),
    ("int a[run]; int run(void) { return 0; }", "source0.c:1:7"),
    ("int f(int); int a[f(1)]; int run(void) { return 0; }", "Array dimension must be constant"),
    ("int run(void) { switch (1) { case 1: case 1: return 0; } return 1; }", "multiple times"),
]


@pytest.mark.parametrize(("source", "message"), ERRORS)
def test_an_error_names_file_line_and_column(tmp_path: Path, source: str, message: str) -> None:
    with pytest.raises(CompileError) as caught:
        compile_c(tmp_path, source)
    assert "source0.c:1" in str(caught.value)
    assert message in str(caught.value)
