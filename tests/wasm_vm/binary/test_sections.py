from __future__ import annotations

from typing import Any

import pytest

import wasm_vm
from tests.support.binaries import (
    END,
    EXTERNREF,
    FUNCREF,
    I32,
    I64,
    body,
    custom,
    export,
    function_type,
    leb,
    module,
    name,
    raw_section,
    section,
)
from wasm_vm.binary import MAGIC, VERSION
from wasm_vm.binary.sections import SECTIONS
from wasm_vm.errors import LimitExceeded, Malformed
from wasm_vm.limits import Limits
from wasm_vm.module import ExternKind, Import, SegmentMode
from wasm_vm.types import (
    FUNC,
    Bounds,
    Features,
    FunctionType,
    GlobalType,
    MemoryType,
    ReferenceType,
    TableType,
    TagType,
)

V1, V2, V3 = Features.V1, Features.V2, Features.V3
ZERO = b"\x41\x00" + END
"""The expression i32.const 0."""


def decode(*sections: bytes, level: Features = V3, **limits: int) -> wasm_vm.Module:
    return wasm_vm.decode(module(*sections), features=level, limits=Limits(**limits))


def test_the_empty_module() -> None:
    found = wasm_vm.decode(MAGIC + VERSION)
    assert found.size == 8
    assert (found.types, found.codes, found.start, found.data_count) == ((), (), None, None)


def test_bytes_like_input_is_taken() -> None:
    assert wasm_vm.decode(bytearray(MAGIC + VERSION)).size == 8


@pytest.mark.parametrize(
    ("binary", "message", "offset"),
    [
        (b"", "unexpected end", 0),
        (b"\0as", "unexpected end", 0),
        (b"\0asn\1\0\0\0", "magic header not detected", 0),
        (b"\0asm", "unexpected end", 4),
        (b"\0asm\1\0\0", "unexpected end", 4),
        (b"\0asm\2\0\0\0", "unknown binary version", 4),
        (b"\0asm\x0d\0\1\0", "Component Model", 4),
        (module(b"\x0e\x00"), "malformed section id 14", 8),
        (module(b"\x80\x01\x00"), "malformed section id 128", 8),
        (module(b"\x01\x05\x00"), "longer than the module", 10),
        (module(b"\x01"), "unexpected end", 9),
        (module(raw_section(1, b"\x00\x00")), "section size mismatch", 11),
        (module(b"\x01\x00"), "unexpected end", 10),
        (module(section(3), section(1)), "unexpected content after last section", 11),
        (module(section(1), section(1)), "unexpected content after last section", 11),
        (module(raw_section(0, b"\x05ab")), "unexpected end", 11),
        (module(raw_section(0, b"\x01\xff")), "malformed UTF-8 encoding", 10),
        (module(section(1, function_type()), section(3, leb(0))), "inconsistent lengths", 18),
        (module(section(10, body(b""))), "inconsistent lengths", 14),
        (module(raw_section(12, b"\x01")), "data count and data section", 11),
    ],
)
def test_malformed(binary: bytes, message: str, offset: int) -> None:
    with pytest.raises(Malformed, match=message) as caught:
        wasm_vm.decode(binary)
    assert caught.value.offset == offset
    assert f"(at byte {offset:#x})" in str(caught.value)


def test_the_sections_are_those_of_the_format_in_its_order() -> None:
    assert [code for code, _, _ in SECTIONS] == [1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11]
    fields = set(wasm_vm.Module.__slots__)
    assert {field for _, field, _ in SECTIONS} <= fields


def test_types_imports_and_exports() -> None:
    found = decode(
        section(1, function_type([I32], [I64]), function_type()),
        section(
            2,
            name("m") + name("f") + b"\x00\x01",
            name("m") + name("t") + b"\x01\x70\x00\x03",
            name("m") + name("s") + b"\x02\x01\x01\x02",
            name("m") + name("é") + b"\x03\x7f\x01",
        ),
        section(7, export("a", 0, 0), export("b", 3, 9)),
    )
    assert [kind.composite for kind in found.types] == [
        FunctionType((wasm_vm.I32,), (wasm_vm.I64,)),
        FunctionType((), ()),
    ]
    assert [(entry.kind, entry.description) for entry in found.imports] == [
        (ExternKind.FUNCTION, 1),
        (ExternKind.TABLE, TableType(wasm_vm.FUNCREF, Bounds(3))),
        (ExternKind.MEMORY, MemoryType(Bounds(1, 2))),
        (ExternKind.GLOBAL, GlobalType(wasm_vm.I32, mutable=True)),
    ]
    assert found.imported(ExternKind.GLOBAL) == [found.imports[3]]
    assert found.imports[3].name == "é"
    assert isinstance(found.imports[0], Import)
    assert [(entry.name, entry.kind, entry.index) for entry in found.exports] == [
        ("a", ExternKind.FUNCTION, 0),
        ("b", ExternKind.GLOBAL, 9),
    ]


def test_definitions() -> None:
    found = decode(
        section(1, function_type()),
        section(3, leb(0), leb(0)),
        section(4, b"\x6f\x01\x01\x02"),
        section(5, b"\x00\x01"),
        section(6, b"\x7e\x01\x42\x7f" + END),
        raw_section(8, b"\x01"),
        section(10, body(b""), body(b"\x01", [(2, I32)])),
    )
    assert found.functions == (0, 0)
    (table,) = found.tables
    assert (table.type, table.initialiser) == (TableType(wasm_vm.EXTERNREF, Bounds(1, 2)), ())
    assert found.memories == (MemoryType(Bounds(1)),)
    (variable,) = found.globals
    assert variable.type == GlobalType(wasm_vm.I64, mutable=True)
    assert [(row.name, immediate) for row, immediate, _ in variable.initialiser] == [
        ("i64.const", 2**64 - 1),
        ("end", None),
    ]
    assert found.start == 1
    assert [len(code.body) for code in found.codes] == [1, 2]


FUNCTIONS = ReferenceType(False, FUNC)
"""What a segment of function indices holds from 3.0 on; before, it was any funcref."""

SEGMENTS: dict[int, tuple[bytes, SegmentMode, int, wasm_vm.ValueType]] = {
    0: (ZERO + b"\x01\x05", SegmentMode.ACTIVE, 0, FUNCTIONS),
    1: (b"\x00\x01\x05", SegmentMode.PASSIVE, 0, FUNCTIONS),
    2: (b"\x03" + ZERO + b"\x00\x01\x05", SegmentMode.ACTIVE, 3, FUNCTIONS),
    3: (b"\x00\x01\x05", SegmentMode.DECLARATIVE, 0, FUNCTIONS),
    4: (ZERO + b"\x01\xd2\x05" + END, SegmentMode.ACTIVE, 0, wasm_vm.FUNCREF),
    5: (b"\x6f\x01\xd0\x6f" + END, SegmentMode.PASSIVE, 0, wasm_vm.EXTERNREF),
    6: (
        b"\x03" + ZERO + b"\x70\x01\xd0\x70" + END,
        SegmentMode.ACTIVE,
        3,
        wasm_vm.FUNCREF,
    ),
    7: (b"\x70\x01\xd2\x05" + END, SegmentMode.DECLARATIVE, 0, wasm_vm.FUNCREF),
}


@pytest.mark.parametrize("flags", SEGMENTS)
def test_element_segments(flags: int) -> None:
    content, mode, table, kind = SEGMENTS[flags]
    for level, expected in ((V3, kind), (V2, wasm_vm.FUNCREF if kind is FUNCTIONS else kind)):
        (segment,) = decode(section(9, leb(flags) + content), level=level).elements
        assert (segment.mode, segment.table, segment.type) == (mode, table, expected)
    assert bool(segment.position) == (mode is SegmentMode.ACTIVE)
    ((row, immediate, _), (last, _, _)) = segment.items[0]
    assert (row.name, last.name) in (("ref.func", "end"), ("ref.null", "end"))
    assert immediate == (5 if row.name == "ref.func" else kind)


def test_tables_with_an_initialiser() -> None:
    plain = b"\x64\x70\x00\x01"
    found = decode(section(4, b"\x40\x00" + plain + b"\xd2\x05" + END, b"\x6e\x00\x02"))
    first, second = found.tables
    assert first.type == TableType(ReferenceType(False, FUNC), Bounds(1))
    assert [(row.name, immediate) for row, immediate, _ in first.initialiser] == [
        ("ref.func", 5),
        ("end", None),
    ]
    assert (second.initialiser, second.type.element) == ((), wasm_vm.types.ANYREF)
    assert (first.offset, second.offset) == (11, 20)


def test_tags() -> None:
    found = decode(
        section(1, function_type([I32]), b"\x5f\x00"),
        section(2, name("m") + name("t") + b"\x04\x00\x00"),
        section(5, b"\x00\x01"),
        section(13, b"\x00\x00", b"\x00\x01", b"\x00\x09"),
        section(6, b"\x7f\x00" + ZERO),
        section(7, export("t", 4, 1)),
    )
    tag = TagType(found.types[0])
    assert (found.imports[0].kind, found.imports[0].description) == (ExternKind.TAG, tag)
    # What is no function type keeps its index, for validation to refuse it.
    assert found.tags == (tag, 1, 9)
    assert tag.parameters == (wasm_vm.I32,)
    assert (found.exports[0].kind, found.exports[0].index) == (ExternKind.TAG, 1)


def test_memories_of_sixty_four_bits() -> None:
    found = decode(section(5, b"\x05\x01" + leb(1 << 40)), section(4)[:0])
    assert found.memories == (MemoryType(Bounds(1, 1 << 40), wasm_vm.I64),)


def test_type_indices_that_name_nothing_are_noted() -> None:
    found = decode(section(1, b"\x5e\x63\x05\x00"), section(6, b"\x63\x07\x00\xd0\x07" + END))
    assert [index for index, _ in found.unknown_types] == [5, 7, 7]
    assert found.unknown_types[0][1] == 13


def test_segments_of_the_first_release_start_with_an_index() -> None:
    (element,) = decode(section(9, b"\x02" + ZERO + b"\x01\x05"), level=V1).elements
    assert (element.table, element.mode) == (2, SegmentMode.ACTIVE)
    (data,) = decode(section(11, b"\x01" + ZERO + b"\x02hi"), level=V1).datas
    assert (data.memory, data.mode, data.data) == (1, SegmentMode.ACTIVE, b"hi")


def test_data_segments() -> None:
    found = decode(
        raw_section(12, b"\x03"),
        section(11, b"\x00" + ZERO + b"\x02hi", b"\x01\x01x", b"\x02\x07" + ZERO + b"\x00"),
    )
    assert found.data_count == 3
    assert [(data.mode, data.memory, data.data) for data in found.datas] == [
        (SegmentMode.ACTIVE, 0, b"hi"),
        (SegmentMode.PASSIVE, 0, b"x"),
        (SegmentMode.ACTIVE, 7, b""),
    ]


@pytest.mark.parametrize(
    ("content", "level", "message"),
    [
        (section(9, b"\x08"), V3, "malformed elements segment kind"),
        (section(9, b"\x01\x01\x00"), V3, "malformed element kind"),
        (section(9, b"\x05\x7f\x00"), V3, "malformed reference type"),
        (section(11, b"\x03\x00"), V3, "malformed data segment kind"),
        (section(11, b"\x01\x05hi"), V3, "unexpected end"),
        (section(2, name("m") + name("n") + b"\x04\x00"), V2, "malformed import kind"),
        (section(7, name("n") + b"\x04\x00"), V2, "malformed export kind"),
        (raw_section(12, b"\x00"), V1, "malformed section id 12"),
        (raw_section(13, b"\x00"), V2, "malformed section id 13"),
        (section(13, b"\x01\x00"), V3, "malformed tag attribute"),
        (section(2, name("m") + name("n") + b"\x05\x00"), V3, "malformed import kind"),
        (section(7, name("n") + b"\x05\x00"), V3, "malformed export kind"),
        (section(4, b"\x40\x01\x70\x00\x00"), V3, "zero byte expected"),
        (section(4, b"\x40\x00\x70\x00\x00"), V2, "malformed reference type"),
        (section(4, b"\x40\x00\x70\x00\x00\xd0\x70"), V3, "END opcode expected"),
        (section(6, b"\x7f\x00\x41\x00"), V2, "END opcode expected"),
        (section(4, bytes((I32,)) + b"\x00\x00"), V2, "malformed reference type"),
        (section(4, bytes((EXTERNREF,)) + b"\x00\x00"), V1, "malformed reference type"),
        (section(4, bytes((FUNCREF,)) + b"\x08\x00"), V3, "malformed limits flags"),
    ],
)
def test_malformed_sections(content: bytes, level: Features, message: str) -> None:
    with pytest.raises(Malformed, match=message):
        decode(content, level=level)


BOUNDS: dict[str, tuple[bytes, ...]] = {
    "types": (section(1, function_type(), function_type()),),
    "imports": (section(2, *[name("m") + name("g") + b"\x03\x7f\x00"] * 2),),
    "functions": (section(3, leb(0), leb(0)),),
    "tables": (section(4, b"\x70\x00\x00", b"\x70\x00\x00"),),
    "tags": (section(1, function_type()), section(13, b"\x00\x00", b"\x00\x00")),
    "memories": (section(5, b"\x00\x00", b"\x00\x00"),),
    "globals": (section(6, *[b"\x7f\x00" + ZERO] * 2),),
    "exports": (section(7, export("a"), export("b")),),
    "element_segments": (section(9, *[b"\x01\x00\x00"] * 2),),
    "segment_elements": (section(9, b"\x01\x00\x02\x00\x00"),),
    "data_segments": (section(11, b"\x01\x00", b"\x01\x00"),),
    "name_bytes": (section(7, export("ab")),),
    "module_bytes": (custom("x", bytes(100)),),
}


@pytest.mark.parametrize("limit", BOUNDS)
def test_every_count_is_bounded(limit: str) -> None:
    value = 50 if limit == "module_bytes" else 1
    limits: dict[str, Any] = {limit: value}
    with pytest.raises(LimitExceeded) as caught:
        decode(*BOUNDS[limit], **limits)
    assert caught.value.limit == limit
    assert limit in str(caught.value)


def test_custom_sections_may_stand_anywhere_and_keep_their_order() -> None:
    found = decode(custom("b", b"1"), section(1), custom("a", b"2"), custom("b", b"3"))
    assert [(entry.name, entry.data) for entry in found.customs] == [
        ("b", b"1"),
        ("a", b"2"),
        ("b", b"3"),
    ]
    assert found.custom("b") == b"1"
    assert found.custom("c") is None


def test_function_names() -> None:
    names = leb(2) + leb(0) + name("zero") + leb(7) + name("seven")
    content = raw_section(0, name("the module")) + raw_section(1, names)
    assert decode(custom("name", content)).function_names == {0: "zero", 7: "seven"}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x01",
        b"\x01\x7f\x01",
        raw_section(1, b"\x02\x00\x01a"),
        raw_section(1, b"\x01\x00\x01\xff"),
        raw_section(0, b"")[:-1] + b"\xff\xff",
        raw_section(1, leb(1) + leb(0) + leb(5_000) + b"x" * 5_000),
    ],
)
def test_names_that_do_not_parse_are_no_reason_to_refuse_a_module(content: bytes) -> None:
    assert decode(custom("name", content), name_bytes=1_000).function_names == {}
