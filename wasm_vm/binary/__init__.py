"""Chapter 5 of the specification, the binary format: bytes to Module.

Decoding is strict: whatever the grammar does not derive is Malformed, with its offset.
"""

from __future__ import annotations

import hashlib
from typing import Any

from wasm_vm.binary.reader import Reader
from wasm_vm.binary.sections import SECTIONS, Draft, check_size, function_names
from wasm_vm.binary.types import TypeReader
from wasm_vm.errors import WasmError
from wasm_vm.limits import Limits
from wasm_vm.module import CustomSection, Module
from wasm_vm.types import Features

MAGIC = b"\0asm"
VERSION = b"\1\0\0\0"
COMPONENT_VERSION = b"\x0d\0\1\0"

_SECTION_BY_CODE = {code: (rank, name, read) for rank, (code, name, read) in enumerate(SECTIONS)}
_SINCE = {12: Features.V2, 13: Features.V3}


def decode(
    binary: bytes,
    *,
    features: Features = Features.V3,
    limits: Limits | None = None,
    known: bool = False,
) -> Module:
    """A module from its binary form (spec 5.5.17).

    known: this binary was decoded and validated before at this level and within these limits; then
    the functions' bodies are decoded when they are asked for.
    Raises Malformed with the offset of the first byte that does not fit, LimitExceeded where a
    bound of `limits` is broken.
    """
    limits = limits or Limits()
    check_size(binary, limits)
    reader = Reader(bytes(binary), 0, len(binary))
    _preamble(reader)
    draft = Draft(features, limits, TypeReader(features, limits), known)
    customs: list[CustomSection] = []
    last = -1
    while reader.position < reader.end:
        start = reader.position
        code = reader.byte()
        size = reader.u32()
        inner = Reader(reader.data, reader.position, reader.position + size)
        if inner.end > reader.end:
            raise reader.fail("unexpected end: a section is longer than the module")
        if code == 0:
            name = inner.name(limits.name_bytes)
            customs.append(CustomSection(name, inner.take(inner.end - inner.position)))
        else:
            entry = _SECTION_BY_CODE.get(code)
            if entry is None or features < _SINCE.get(code, Features.V1):
                raise reader.fail(f"malformed section id {code}", start)
            rank, name, read = entry
            if rank <= last:
                raise reader.fail("unexpected content after last section", start)
            last = rank
            draft.fields[name] = read(inner, draft)
        if inner.position != inner.end:
            raise inner.fail("section size mismatch")
        reader.position = inner.end
    return _assemble(reader, draft, customs)


def _preamble(reader: Reader) -> None:
    if reader.data[:4] != MAGIC:
        raise reader.fail("magic header not detected" if reader.end >= 4 else "unexpected end", 0)
    version = reader.data[4:8]
    if version == COMPONENT_VERSION:
        raise reader.fail("this is a component (Component Model), not a core module", 4)
    if version != VERSION:
        raise reader.fail("unknown binary version" if len(version) == 4 else "unexpected end", 4)
    reader.position = 8


def _assemble(reader: Reader, draft: Draft, customs: list[CustomSection]) -> Module:
    """Check what concerns several sections, and freeze the module."""
    fields: dict[str, Any] = {name: () for _, name, _ in SECTIONS}
    fields["start"] = fields["data_count"] = None
    fields.update(draft.fields)
    if len(fields["functions"]) != len(fields["codes"]):
        raise reader.fail("function and code section have inconsistent lengths")
    count = fields["data_count"]
    if count is not None and count != len(fields["datas"]):
        raise reader.fail("data count and data section have inconsistent lengths")
    return Module(
        features=draft.features,
        limits=draft.limits,
        customs=tuple(customs),
        unknown_types=tuple(draft.types.unknown),
        function_names=_names(customs, draft.limits),
        size=reader.end,
        digest=hashlib.sha256(reader.data).hexdigest(),
        **fields,
    )


def _names(customs: list[CustomSection], limits: Limits) -> dict[int, str]:
    for section in customs:
        if section.name == "name":
            try:
                return function_names(Reader(section.data, 0, len(section.data)), limits)
            except WasmError:
                return {}
    return {}
