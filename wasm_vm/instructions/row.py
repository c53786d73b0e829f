"""What a row of the instruction table says.

Columns:
  code        the opcode; a prefixed one is prefix * 0x1_0000 + its number: 0xFC_0008 memory.init
  name        the name in the text format
  signature   operands -> results, or "" where the validator has a rule of its own
  meaning     a Python expression over {a}, {b}, {c} and the immediate {i}; the interpreter makes a
              function of it and a compiler may paste it. An operand occurs at most once in it. For
              a vector load {a} is the bytes read. "" where the interpreter has a handler of its
              own. The text comes from this table alone, never from a guest.
  immediates  the kind of immediate that the decoder reads behind the opcode
  access      for loads and stores: what is read or written in memory
  cost        fuel, cost model 1: units before the effect
  variable    what is paid beside the cost, one unit each: "bytes", "elements", "granted" or ""
  traps       True when the instruction can trap
  since       the first release of WebAssembly that has it
  section     where the specification defines its execution
"""

from __future__ import annotations

from dataclasses import dataclass

from wasm_vm.types import BY_NAME, Features, ValueType

COST_MODEL = 1
"""Version of the fuel columns; a change of any cost is a new version."""


@dataclass(frozen=True, slots=True)
class Access:
    """What a load or store touches: a width in bytes, and for loads the sign extension."""

    size: int
    signed: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Instruction:
    """One row of the table."""

    code: int
    name: str
    operands: tuple[ValueType, ...] | None
    results: tuple[ValueType, ...]
    meaning: str
    immediates: str
    access: Access | None
    cost: int
    variable: str
    traps: bool
    since: Features
    section: str

    def __repr__(self) -> str:
        """The name in the text format."""
        return self.name


def row(
    code: int,
    name: str,
    signature: str = "",
    meaning: str = "",
    *,
    section: str,
    immediates: str = "",
    access: Access | None = None,
    cost: int = 1,
    variable: str = "",
    traps: bool = False,
    since: Features = Features.V1,
) -> Instruction:
    """One row; the signature is written as in "i32 i32 -> i32"."""
    operands: tuple[ValueType, ...] | None = None
    results: tuple[ValueType, ...] = ()
    if signature:
        before, _, after = signature.partition("->")
        operands = tuple(BY_NAME[word] for word in before.split())
        results = tuple(BY_NAME[word] for word in after.split())
    return Instruction(
        code,
        name,
        operands,
        results,
        meaning,
        immediates,
        access,
        cost,
        variable,
        traps,
        since,
        section,
    )
