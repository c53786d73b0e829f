from __future__ import annotations

import pytest

import wasm_vm
from tests.support.binaries import leb, module, section, vector
from wasm_vm.errors import Invalid, LimitExceeded

I32, F32 = b"\x7f", b"\x7d"


def struct(*fields: bytes) -> bytes:
    return b"\x5f" + vector(field + b"\0" for field in fields)


def function(results: list[bytes]) -> bytes:
    return b"\x60" + vector([]) + vector(results)


def sub(composite: bytes, *parents: int, final: bool = False) -> bytes:
    return (b"\x4f" if final else b"\x50") + vector(map(leb, parents)) + composite


def group(*types: bytes) -> bytes:
    return b"\x4e" + vector(types)


def check(*types: bytes, level: wasm_vm.Features = wasm_vm.Features.V3, **limits: int) -> None:
    binary = module(section(1, *types))
    wasm_vm.load(binary, features=level, limits=wasm_vm.Limits(**limits))


@pytest.mark.parametrize(
    "types",
    [
        (sub(struct(I32)), sub(struct(I32, F32), 0)),
        (sub(struct(I32)), sub(struct(I32), 0, final=True)),
        (sub(struct()), sub(struct(), 0), sub(struct(I32), 1)),
        (group(sub(struct(I32)), sub(struct(I32, I32), 0)),),
        (group(struct(b"\x63\x01"), struct(b"\x63\x00")),),
        (sub(function([b"\x6e"])), sub(function([b"\x6d"]), 0)),
    ],
)
def test_hierarchies_that_fit(types: tuple[bytes, ...]) -> None:
    check(*types)


@pytest.mark.parametrize(
    ("types", "message"),
    [
        ((struct(b"\x63\x05"),), "unknown type 5"),
        ((sub(struct(I32), 3),), "unknown type 3"),
        ((sub(struct(I32)), sub(struct(F32), 0)), "sub type 1 does not match its supertype"),
        ((sub(struct(I32, I32)), sub(struct(I32), 0)), "sub type 1 does not match its supertype"),
        ((sub(struct(I32)), sub(function([]), 0)), "sub type 1 does not match its supertype"),
        ((struct(I32), sub(struct(I32), 0)), "its supertype, which is final"),
        (
            (sub(struct(), final=True), sub(struct(), 0)),
            "sub type 1 does not match its supertype, which is final",
        ),
        ((sub(struct()), sub(struct(), 0, 0)), "sub type 1 has more than one supertype"),
        ((group(sub(struct(), 1), sub(struct())),), "sub type 0 stands before its supertype"),
        ((group(sub(struct(), 0)),), "sub type 0 stands before its supertype"),
        ((sub(function([b"\x6d"])), sub(function([b"\x6e"]), 0)), "does not match its supertype"),
    ],
)
def test_hierarchies_that_do_not(types: tuple[bytes, ...], message: str) -> None:
    with pytest.raises(Invalid, match=message):
        check(*types)


def test_an_unknown_type_is_named_with_its_byte() -> None:
    with pytest.raises(Invalid) as caught:
        check(struct(I32, b"\x63\x05"))
    assert caught.value.offset == 8 + 2 + 1 + 2 + 2 + 1


def chain(length: int) -> list[bytes]:
    return [sub(struct()), *(sub(struct(), parent) for parent in range(length))]


def test_hierarchies_have_a_depth() -> None:
    check(*chain(63))
    with pytest.raises(LimitExceeded) as caught:
        check(*chain(64))
    assert caught.value.limit == "subtyping_depth"
    check(*chain(5), subtyping_depth=5)
    with pytest.raises(LimitExceeded):
        check(*chain(6), subtyping_depth=5)


def test_1_0_has_functions_of_one_result() -> None:
    check(function([I32]), level=wasm_vm.Features.V1)
    check(function([I32, I32]), level=wasm_vm.Features.V2)
    with pytest.raises(Invalid, match=r"1\.0 has at most one result"):
        check(function([I32, I32]), level=wasm_vm.Features.V1)
