"""Random WebAssembly programs in the text format: valid, bounded, and fond of corners."""

from __future__ import annotations

from random import Random

I32_BINARY = [
    "add",
    "sub",
    "mul",
    "and",
    "or",
    "xor",
    "shl",
    "shr_s",
    "shr_u",
    "rotl",
    "rotr",
    "eq",
    "ne",
    "lt_s",
    "lt_u",
    "gt_s",
    "gt_u",
    "le_s",
    "le_u",
    "ge_s",
    "ge_u",
]
I32_TRAPPING = ["div_s", "div_u", "rem_s", "rem_u"]
F64_BINARY = ["add", "sub", "mul", "div", "min", "max", "copysign"]
CONSTANTS = (0, 1, 2, 3, 4, 5, 7, 8, 15, 31, 32, 33, 127, 128, 255, 256, 65535, 65536, -1, -2, -128)
EDGES = (0x7FFFFFFF, -0x80000000, 0x3FFFFFFF, 0x40000000, 1103515245, 65532, 65533, 65535)
WIDE = (0x7FFFFFFFFFFFFFFF, -0x8000000000000000, 0xFFFFFFFF, 0x100000000, 1 << 40)
FLOATS = ("0", "-0", "1", "-1.5", "nan", "-nan", "inf", "-inf", "1e300", "4294967296", "0.1")

LOCALS = 3
"""Of each type; a fourth i32 is the fuse of loops."""


class Program:
    """Writes one module with functions f0, f1, ...; each may call those before it."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.functions = 0
        self.labels: list[str] = []
        self.fuses = 0
        self.last_fuse = 0

    def module(self, functions: int = 3) -> str:
        bodies = []
        for index in range(functions):
            self.functions = index
            bodies.append(self.function(index))
        elements = " ".join(f"$f{index}" for index in range(functions))
        return f"""(module
          (import "host" "picky" (func $picky (param i32) (result i32)))
          (import "host" "charging" (func $charging (param i32) (result i32)))
          (type $unary (func (param i32 i32) (result i32)))
          (memory 1 3) (data (i32.const 0) "\\01\\02\\03\\ff\\fe\\80")
          (table 6 funcref) (elem (i32.const 1) {elements} $charging)
          (global $g0 (mut i32) (i32.const 5)) (global $g1 (mut i64) (i64.const -5))
          (global $g2 (mut f64) (f64.const 0.5))
          {"".join(bodies)})"""

    def function(self, index: int) -> str:
        self.fuses = 0
        self.last_fuse = 0
        self.labels = []
        body = self.statements(4)
        result = self.i32(3)
        fuses = " ".join("(local i32)" for _ in range(self.fuses))
        names = "".join(
            f"(local ${letter}{number} {kind})"
            for letter, kind in (("j", "i64"), ("d", "f64"), ("e", "f32"))
            for number in range(LOCALS)
        )
        return f"""
          (func $f{index} (export "f{index}") (param $i0 i32) (param $i1 i32) (result i32)
            (local $i2 i32) {names} {fuses}
            {body} {result})"""

    def pick(self, *choices: str) -> str:
        return self.random.choice(choices)

    # --- expressions ----------------------------------------------------------------------

    def i32(self, depth: int) -> str:
        roll = self.random.random()
        if depth <= 0 or roll < 0.2:
            if self.random.random() < 0.5:
                return f"(local.get $i{self.random.randrange(LOCALS)})"
            edges = CONSTANTS if self.random.random() < 0.7 else EDGES
            return f"(i32.const {self.random.choice(edges)})"
        deeper = depth - 1
        if roll < 0.5:
            operator = self.random.choice(I32_BINARY)
            return f"(i32.{operator} {self.i32(deeper)} {self.i32(deeper)})"
        if roll < 0.53:
            operator = self.random.choice(I32_TRAPPING)
            return f"(i32.{operator} {self.i32(deeper)} {self.i32(deeper)})"
        if roll < 0.6:
            operator = self.pick("eqz", "clz", "ctz", "popcnt", "extend8_s", "extend16_s")
            return f"(i32.{operator} {self.i32(deeper)})"
        if roll < 0.66:
            width = self.pick("load", "load8_s", "load8_u", "load16_s", "load16_u")
            offset = self.random.choice((0, 1, 2, 4, 8, 65530))
            return f"(i32.{width} offset={offset} {self.address(deeper)})"
        if roll < 0.7:
            return f"(i32.wrap_i64 {self.i64(deeper)})"
        if roll < 0.74:
            relation = self.pick("eq", "ne", "lt_s", "lt_u", "gt_s", "le_u", "ge_s")
            return f"(i64.{relation} {self.i64(deeper)} {self.i64(deeper)})"
        if roll < 0.78:
            relation = self.pick("eq", "ne", "lt", "gt", "le", "ge")
            return f"(f64.{relation} {self.f64(deeper)} {self.f64(deeper)})"
        if roll < 0.82:
            return f"(select {self.i32(deeper)} {self.i32(deeper)} {self.i32(deeper)})"
        if roll < 0.86:
            return f"(local.tee $i{self.random.randrange(LOCALS)} {self.i32(deeper)})"
        if roll < 0.9:
            return self.pick("(global.get $g0)", "(memory.size)")
        if roll < 0.93 and self.functions:
            callee = self.random.randrange(self.functions)
            return f"(call $f{callee} {self.i32(deeper)} {self.i32(deeper)})"
        if roll < 0.95:
            return f"(call ${self.pick('picky', 'charging')} {self.i32(deeper)})"
        if roll < 0.97:
            return f"(block (result i32) {self.statements(deeper)} {self.i32(deeper)})"
        condition, first, second = self.i32(deeper), self.i32(deeper), self.i32(deeper)
        return f"(if (result i32) {condition} (then {first}) (else {second}))"

    def address(self, depth: int) -> str:
        if self.random.random() < 0.85:
            mask = self.random.choice((0xFF, 0xFC, 0xF8, 0xFFFF, 0xFFFC))
            return f"(i32.and {self.i32(depth)} (i32.const {mask}))"
        return self.i32(depth)

    def i64(self, depth: int) -> str:
        roll = self.random.random()
        if depth <= 0 or roll < 0.25:
            if self.random.random() < 0.5:
                return f"(local.get $j{self.random.randrange(LOCALS)})"
            edges = CONSTANTS if self.random.random() < 0.6 else WIDE
            return f"(i64.const {self.random.choice(edges)})"
        deeper = depth - 1
        if roll < 0.6:
            operator = self.pick(
                *[
                    "add",
                    "sub",
                    "mul",
                    "and",
                    "or",
                    "xor",
                    "shl",
                    "shr_s",
                    "shr_u",
                    "rotl",
                    "rotr",
                    "div_s",
                    "rem_u",
                ]
            )
            return f"(i64.{operator} {self.i64(deeper)} {self.i64(deeper)})"
        if roll < 0.75:
            return f"(i64.{self.pick('extend_i32_s', 'extend_i32_u')} {self.i32(deeper)})"
        if roll < 0.85:
            width = self.pick("load", "load8_s", "load16_u", "load32_s", "load32_u")
            return f"(i64.{width} offset=3 {self.address(deeper)})"
        if roll < 0.9:
            return f"(i64.{self.pick('clz', 'ctz', 'extend8_s', 'extend32_s')} {self.i64(deeper)})"
        if roll < 0.95:
            return "(global.get $g1)"
        return f"(i64.reinterpret_f64 {self.f64(deeper)})"

    def f64(self, depth: int) -> str:
        roll = self.random.random()
        if depth <= 0 or roll < 0.3:
            if self.random.random() < 0.5:
                return f"(local.get $d{self.random.randrange(LOCALS)})"
            return f"(f64.const {self.random.choice(FLOATS)})"
        deeper = depth - 1
        if roll < 0.65:
            operator = self.random.choice(F64_BINARY)
            return f"(f64.{operator} {self.f64(deeper)} {self.f64(deeper)})"
        if roll < 0.75:
            operator = self.pick("abs", "neg", "sqrt", "ceil", "floor", "trunc", "nearest")
            return f"(f64.{operator} {self.f64(deeper)})"
        if roll < 0.82:
            return f"(f64.{self.pick('convert_i32_s', 'convert_i32_u')} {self.i32(deeper)})"
        if roll < 0.88:
            return f"(f64.load {self.address(deeper)})"
        if roll < 0.94:
            return f"(f64.promote_f32 {self.f32(deeper)})"
        return f"(f64.reinterpret_i64 {self.i64(deeper)})"

    def f32(self, depth: int) -> str:
        roll = self.random.random()
        if depth <= 0 or roll < 0.4:
            return f"(local.get $e{self.random.randrange(LOCALS)})"
        deeper = depth - 1
        if roll < 0.7:
            operator = self.pick("add", "sub", "mul", "div")
            return f"(f32.{operator} {self.f32(deeper)} {self.f32(deeper)})"
        if roll < 0.8:
            return f"(f32.demote_f64 {self.f64(deeper)})"
        if roll < 0.9:
            return f"(f32.load {self.address(deeper)})"
        return f"(f32.convert_i32_s {self.i32(deeper)})"

    # --- statements -----------------------------------------------------------------------

    def statements(self, depth: int) -> str:
        count = self.random.randrange(1, 4)
        return "\n".join(self.statement(depth) for _ in range(count))

    def statement(self, depth: int) -> str:
        roll = self.random.random()
        number = self.random.randrange(LOCALS)
        deeper = depth - 1
        if roll < 0.22 or depth <= 0:
            return f"(local.set $i{number} {self.i32(min(depth, 3))})"
        if roll < 0.3:
            return f"(local.set $j{number} {self.i64(min(depth, 3))})"
        if roll < 0.36:
            return f"(local.set $d{number} {self.f64(min(depth, 3))})"
        if roll < 0.39:
            return f"(local.set $e{number} {self.f32(2)})"
        if roll < 0.5:
            return self.store()
        if roll < 0.54:
            return self.pick(
                f"(global.set $g0 {self.i32(2)})",
                f"(global.set $g1 {self.i64(2)})",
                f"(global.set $g2 {self.f64(2)})",
            )
        if roll < 0.6 and self.labels:
            return f"(br_if {self.random.choice(self.labels)} {self.i32(2)})"
        if roll < 0.7:
            return self.block(deeper)
        if roll < 0.8:
            return self.loop(deeper)
        if roll < 0.9:
            arms = f"(then {self.arm(deeper)})"
            if self.random.random() < 0.6:
                arms += f"(else {self.arm(deeper)})"
            return f"(if {self.i32(2)} {arms})"
        if roll < 0.94:
            return self.switch(deeper)
        if roll < 0.96:
            return f"(if {self.i32(1)} (then (return {self.i32(1)})))"
        return self.rare()

    def arm(self, depth: int) -> str:
        text = self.statements(depth)
        if self.labels and self.random.random() < 0.3:
            text += f" (br {self.random.choice(self.labels)})"
        return text

    def store(self) -> str:
        address = self.address(2)
        return self.pick(
            f"(i32.store offset=4 {address} {self.i32(2)})",
            f"(i32.store8 {address} {self.i32(2)})",
            f"(i32.store16 offset=2 {address} {self.i32(2)})",
            f"(i64.store {address} {self.i64(2)})",
            f"(i64.store32 {address} {self.i64(2)})",
            f"(f64.store {address} {self.f64(2)})",
            f"(f32.store {address} {self.f32(1)})",
        )

    def block(self, depth: int) -> str:
        label = f"$b{len(self.labels)}"
        self.labels.append(label)
        body = self.statements(depth)
        self.labels.pop()
        return f"(block {label} {body})"

    def loop(self, depth: int) -> str:
        """A loop with a fuse of its own, so that it ends."""
        fuse = 2 + LOCALS * 3 + 1 + self.fuses
        self.fuses += 1
        label = f"$b{len(self.labels)}"
        self.labels.append(label)
        body = self.statements(depth)
        self.labels.pop()
        turns = self.random.randrange(2, 5)
        again = f"(br {label})" if self.random.random() < 0.5 else f"(br_if {label} {self.i32(1)})"
        return f"""(block $out{fuse} (loop {label}
            (br_if $out{fuse} (i32.gt_u (local.get {fuse}) (i32.const {turns})))
            (local.set {fuse} (i32.add (local.get {fuse}) (i32.const 1)))
            {body} {again}))"""

    def switch(self, depth: int) -> str:
        count = self.random.randrange(2, 6)
        first = len(self.labels)
        labels = [f"$b{first + number}" for number in range(count)]
        self.labels += labels
        index = self.i32(2)
        if self.random.random() < 0.7:
            index = f"(i32.and {index} (i32.const 7))"
        table = " ".join(
            self.random.choice(self.labels) for _ in range(self.random.randrange(1, 9))
        )
        text = f"(br_table {table} {index})"
        for label in reversed(labels):
            self.labels.pop()
            text = f"(block {label} {text}) {self.statements(depth) if depth > 0 else ''}"
        return text

    def rare(self) -> str:
        small = "(i32.and {} (i32.const 63))".format
        return self.pick(
            f"(memory.fill {self.address(1)} {self.i32(1)} {small(self.i32(1))})",
            f"(memory.copy {self.address(1)} {self.address(1)} {small(self.i32(1))})",
            f"(drop (memory.grow (i32.and {self.i32(1)} (i32.const 1))))",
            f"(drop (call_indirect (type $unary) {self.i32(1)} {self.i32(1)} (i32.const 1)))"
            if self.functions
            else "(nop)",
            "(unreachable)",
            f"(drop (call_indirect (type $unary) {self.i32(1)} {self.i32(1)} (i32.const 5)))",
        )
