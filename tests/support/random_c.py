"""Random C programs whose meaning C defines: no overflow of signs that -fwrapv does not settle, no
reads of what was not written, and functions that change nothing outside of themselves.
"""

from __future__ import annotations

import random

TYPES = (
    *("char", "unsigned char", "short", "unsigned short"),
    *("int", "unsigned int", "long long", "unsigned long long"),
)
LITERALS = (
    *("0", "1", "2", "7", "127", "128", "255", "256", "32767", "65535", "100000"),
    *("2147483647", "4294967295u", "0x80000000", "1ll << 40", "0xcbf29ce484222325"),
)
ARITHMETIC = ("+", "-", "*", "&", "|", "^", "<", ">", "<=", ">=", "==", "!=", "&&", "||")
FIELDS = "abcde"
PROLOGUE = """struct S { int a; char b; unsigned short c; long long d; unsigned char e; };
static struct S gs = {1, -2, 3, -4, 5};
static struct S make(int x) { struct S s = {x, 1}; s.d = x; s.d *= 3; return s; }
static int sum(struct S s) { s.a += 1; return (int)(s.a + s.b + s.c + s.d + s.e); }
"""


class RandomProgram:
    """The source of a program whose function `run` answers a checksum of all its variables."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._loops = 0
        self._functions: list[tuple[str, int]] = []
        self._names: list[str] = []
        self.source = self._program()

    def _pick(self, items: tuple[str, ...] | list[str] | str) -> str:
        return self._random.choice(items)

    def _place(self) -> str:
        """Something that can be assigned to."""
        choices = [
            self._pick(self._names),
            f"array[{self._random.randrange(8)}]",
            f"s.{self._pick(FIELDS)}",
            f"p->{self._pick(FIELDS)}",
        ]
        return self._pick(choices)

    def _value(self, depth: int) -> str:
        if depth <= 0:
            return self._pick([self._pick(LITERALS), self._pick(self._names), self._place()])
        a, b, c = (self._value(depth - 1) for _ in range(3))
        kind = self._pick(TYPES)
        choices = [
            *[f"({a} {self._pick(ARITHMETIC)} {b})" for _ in range(6)],
            f"({a} {self._pick('/%')} (({b}) | 1))",
            f"((({kind})({a})) {self._pick(['<<', '>>'])} (({b}) & 7))",
            f"({self._pick('-~!')}({a}))",
            f"(({kind})({a}))",
            f"(({a}) ? ({b}) : ({c}))",
            f"array[({a}) & 7]",
            f"*(array + (({a}) & 7))",
            f"sum(make({a}))",
        ]
        for name, count in self._functions:
            choices.append(f"{name}({', '.join(self._value(depth - 2) for _ in range(count))})")
        return self._pick(choices)

    def _assignment(self) -> str:
        choices = [
            *[f"{self._place()} {self._pick(['', *'+-*^|&'])}= {self._value(2)};"] * 4,
            f"{self._place()} {self._pick('/%')}= (({self._value(1)}) | 1);",
            f"{self._place()} {self._pick(['<<', '>>'])}= (({self._value(1)}) & 7);",
            f"{self._place()}{self._pick(['++', '--'])};",
            f"s = {self._pick(['*p', 'gs', 'make(' + self._value(1) + ')'])};",
            f"{{ int z[4] = {{{self._value(1)}, 2}}; {self._place()} += z[0] + z[1] + z[3]; }}",
        ]
        return self._pick(choices)

    def _statement(self, depth: int, in_loop: bool) -> str:
        if depth <= 0 or self._random.random() < 0.35:
            return self._assignment()
        self._loops += 1
        i, turns = f"i{self._loops}", self._random.randint(1, 5)
        loop_body = self._statements(depth - 1, True)
        block, other = (self._statements(depth - 1, in_loop) for _ in range(2))
        condition = self._value(2)
        choices = [
            f"if ({condition}) {{ {block} }} else {{ {other} }}",
            f"if ({condition}) {{ {block} }}",
            f"for (int {i} = 0; {i} < {turns}; {i}++) {{ {loop_body} }}",
            f"{{ int {i} = 0; do {{ {loop_body} }} while (++{i} < {turns} && ({condition})); }}",
            f"{{ int {i} = {turns}; while ({i}-- > 0) {{ {loop_body} }} }}",
            f"switch (({condition}) & 3) {{ case 0: {block} case 1: {other} break; "
            f"default: {self._assignment()} }}",
            f"if (({condition}) == 12345) return {self._value(1)};",
        ]
        if in_loop:
            choices.append(f"if ({condition}) {self._pick(['break', 'continue'])};")
        return self._pick(choices)

    def _statements(self, depth: int, in_loop: bool) -> str:
        count = self._random.randint(1, 3)
        return " ".join(self._statement(depth, in_loop) for _ in range(count))

    def _variables(self, names: list[str]) -> str:
        self._names = names
        declared = (f"{self._pick(TYPES)} {name} = {self._pick(LITERALS)};" for name in names)
        array = f"{self._pick(TYPES)} array[8] = {{1, 2, 3}};"
        return f"{' '.join(declared)} {array} struct S s = gs, *p = &s;"

    def _program(self) -> str:
        parts = [PROLOGUE]
        for number in range(self._random.randint(0, 3)):
            count = self._random.randint(0, 3)
            parameters = [f"p{i}" for i in range(count)]
            declared = ", ".join(f"{self._pick(TYPES)} {name}" for name in parameters) or "void"
            head = f"static {self._pick(TYPES)} f{number}({declared})"
            variables = self._variables([f"v{i}" for i in range(2)])
            self._names += parameters
            body = f"{self._statements(2, False)} return {self._value(2)};"
            parts.append(f"{head} {{ {variables} {body} }}")
            self._functions.append((f"f{number}", count))
        variables = self._variables([f"v{i}" for i in range(5)])
        body = " ".join(self._statements(3, False) for _ in range(3))
        checked = [*self._names, *(f"s.{field}" for field in FIELDS), "array[i]"]
        sums = " ".join(f"h = (h ^ (unsigned long long){x}) * 1099511628211ull;" for x in checked)
        total = f"unsigned long long h = 7; for (int i = 0; i < 8; i++) {{ {sums} }}"
        parts.append(f"long long run(void) {{ {variables} {body} {total} return (long long)h; }}")
        return "\n".join(parts)
