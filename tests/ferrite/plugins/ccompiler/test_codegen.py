"""Statements, structs and initialisers."""

# ruff: noqa: E501 (a C program a line)

from __future__ import annotations

from pathlib import Path

import pytest

from ferrite.plugins.ccompiler import CompileError
from tests.support.c_programs import compile_c, run_c

BODIES = [
    # continue goes on with the step of a for and the condition of a do
    ("int i, s = 0; for (i = 0; i < 10; i++) { if (i % 2) continue; s += i; } return s;", 20),
    ("int i = 0, n = 0; do { n++; if (n > 50) break; continue; } while (++i < 5); return n;", 5),
    ("int i = 0, s = 0; while (i < 10) { i++; if (i == 3) continue; if (i == 6) break; s += i; } return s;", 12),
    ("int s = 0; for (int i = 0; i < 3; i++) for (int j = 0; j < 3; j++) { if (j == i) break; s += 10 * i + j; } return s;", 51),
    ("int s = 0; for (;;) { if (++s == 7) return s; }", 7),
    # switch: fall through, default in the middle, continue inside, nested
    ("int s = 0; for (int i = 0; i < 6; i++) switch (i) { case 0: s += 1; case 1: s += 10; break; default: s += 100; case 3: s += 1000; break; case 4: continue; } return s;", 3221),
    ("int x = 2; switch (x) { case 1: return 1; case 2: switch (x + 1) { case 3: return 33; } return 2; } return 0;", 33),
    ("unsigned char c = 200; switch (c) { case 200: return 1; default: return 2; }", 1),
    ("switch (9) { case 1: return 1; } return 5;", 5),
    # goto, forward and back
    ("int i = 0; again: if (i < 5) { i++; goto again; } goto out; i = 99; out: return i;", 5),
    # what an initialiser leaves out is zero
    ("int a[5] = {1, 2}; return a[0] + a[1] * 10 + a[2] + a[3] + a[4];", 21),
    ("int a[2][3] = {{1}, {2, 3}}; return a[0][0] + a[0][2] * 7 + a[1][0] * 10 + a[1][1] * 100 + a[1][2];", 321),
    ('char s[8] = "ab"; return s[0] * 1000 + s[1] + s[2] + s[7];', 97098),
    ('char s[] = "abc"; return sizeof(s);', 4),
    ("int a[] = {1, 2, 3}; return sizeof(a);", 12),
    ("int a[6] = {[3] = 5, 6}; return a[3] * 10 + a[4] + a[0];", 56),
    ("struct p { int x; char c; long long y; } p = {.y = 7, .x = 3}; return p.x * 100 + p.c * 10 + p.y;", 307),
    ("struct p { int x, y; }; struct q { struct p a[2]; int z; } q = {{{1, 2}, {3}}, 9}; return q.a[0].y * 100 + q.a[1].x * 10 + q.a[1].y + q.z;", 239),
    ("union u { int i; unsigned char b[4]; } u = {0x01020304}; return u.b[0] * 1000 + u.b[3];", 4001),
    ("struct s { union { int a; char b; } u; int c; } s[2] = {{{1}, 2}, {{3}, 4}}; return s[1].u.a * 10 + s[1].c;", 34),
    # structs: assignment, by value, by pointer, sizes
    ("struct p { int x, y; } a = {1, 2}, b; b = a; b.x = 5; return a.x * 100 + b.x * 10 + b.y;", 152),
    ("struct p { char c; int i; }; struct p a[2]; return sizeof(a);", 16),
    ("struct p { char c; long long l; char d; }; return sizeof(struct p);", 24),
    ("union u { int i; double d; char c[9]; }; return sizeof(union u);", 16),
    ("struct p { int x; } a[3] = {{1}, {2}, {3}}; struct p *q = &a[1]; q++; return q->x * 10 + (q - a);", 32),
    # bit fields
    ("struct f { unsigned a : 3; unsigned b : 5; int c : 4; } f; f.a = 9; f.b = 30; f.c = -3; return f.a * 1000 + f.b * 10 + f.c;", 1297),
    # shadowing, comma, ternary chains
    ("int x = 1; { int x = 2; { int x = 3; } x = 4; } return x;", 1),
    ("int i, j; for (i = 0, j = 10; i < j; i++, j--); return i * 100 + j;", 505),
    ("int x = 5; return x < 3 ? 1 : x < 6 ? 2 : 3;", 2),
    ("static int calls = 3; return ++calls;", 4),
]  # fmt: skip


@pytest.mark.parametrize(("body", "value"), BODIES)
def test_a_body(tmp_path: Path, body: str, value: int) -> None:
    assert run_c(tmp_path, f"int run(void) {{ {body} }}") == value


PROGRAMS = [
    ("static int fib(int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); } int run(void) { return fib(15); }", 610),
    ("struct p { int x; long long y; }; static struct p make(int x) { struct p p = {x, x * 2}; return p; } static int sum(struct p p) { p.x += 1; return p.x + p.y; } int run(void) { struct p p = make(5); return sum(p) * 100 + sum(make(1)) * 10 + p.x; }", 1645),
    ("static int twice(int x) { return 2 * x; } static int half(int x) { return x / 2; } static int (*table[2])(int) = {twice, half}; static int apply(int (*f)(int), int x) { return f(x); } int run(void) { return table[0](10) * 100 + apply(half, 10) + (twice != half); }", 2006),
    ('static const char *names[] = {"zero", "one", "two"}; static const char **second = names; int run(void) { return names[2][1] * 1000 + *second[0]; }', 119122),
    ("static int g = 5, *p = &g; static int even(int n); static int odd(int n) { return n ? even(n - 1) : 0; } static int even(int n) { return n ? odd(n - 1) : 1; } int run(void) { *p += even(10); return g; }", 6),
    ("static void swap(int *a, int *b) { int t = *a; *a = *b; *b = t; } int run(void) { int x = 1, y = 2; swap(&x, &y); return x * 10 + y; }", 21),
    ("typedef unsigned long long u64; static u64 hash(const char *s) { u64 h = 0xcbf29ce484222325; while (*s) { h ^= (unsigned char)*s++; h *= 0x100000001b3; } return h; } int run(void) { return (int)(hash(\"hello\") >> 33); }", 1377332259),
    ("#define MAX(a, b) ((a) > (b) ? (a) : (b))\n#define NAME(x) f_##x\nstatic int NAME(one)(void) { return 1; }\n#if defined(__wasm32__) && !defined(__clang__)\nint run(void) { return MAX(3, 2) * 10 + NAME(one)(); }\n#else\nint run(void) { return 0; }\n#endif", 31),
    ("static inline double area(double r) { return 3.0 * r * r; } int run(void) { const double x = area(2); return (int)x; }", 12),
    ("struct node { int value; struct node *next; }; static struct node pool[3]; int run(void) { struct node *head = 0; for (int i = 0; i < 3; i++) { pool[i].value = i + 1; pool[i].next = head; head = &pool[i]; } int n = 0; for (struct node *p = head; p; p = p->next) n = n * 10 + p->value; return n; }", 321),
]  # fmt: skip


@pytest.mark.parametrize(("source", "value"), PROGRAMS)
def test_a_program(tmp_path: Path, source: str, value: int) -> None:
    assert run_c(tmp_path, source) == value


ERRORS = [
    ("int run(void) { break; }", "break outside of a loop or switch"),
    ("int run(void) { continue; }", "continue outside of a loop"),
    ("int run(void) { goto nowhere; }", "Label nowhere is not defined"),
    ("int run(void) { a: ; a: return 1; }", "Label a is defined twice"),
    ('int run(void) { asm("nop"); return 1; }', "Inline assembly is not supported"),
    (
        "struct s; int run(void) { struct s x; return 1; }",
        "size of this struct or union is unknown",
    ),
]


@pytest.mark.parametrize(("source", "message"), ERRORS)
def test_an_error(tmp_path: Path, source: str, message: str) -> None:
    with pytest.raises(CompileError, match=r"source0\.c") as caught:
        compile_c(tmp_path, source)
    assert message in str(caught.value)
