"""Version requirements as Cargo reads them, and the order of loading."""

from __future__ import annotations

import pytest

from ferrite.plugins.dependencies import in_order, satisfies
from ferrite.plugins.manifest import DependencyTable


@pytest.mark.parametrize(
    ("requirement", "fits", "fits_not"),
    [
        ("1.2.3", "1.2.3 1.9.0", "1.2.2 2.0.0 0.9.9"),
        ("^1", "1.0.0 1.99.0", "0.9.9 2.0.0"),
        ("1.0", "1.0.0 1.5.0", "2.0.0"),
        ("^0.2.3", "0.2.3 0.2.9", "0.2.2 0.3.0 1.0.0"),
        ("^0.0.3", "0.0.3", "0.0.2 0.0.4"),
        ("0.0", "0.0.0 0.0.9", "0.1.0"),
        ("0", "0.0.0 0.9.0", "1.0.0"),
        ("~1.2.3", "1.2.3 1.2.9", "1.2.2 1.3.0"),
        ("~1.2", "1.2.0 1.2.9", "1.3.0"),
        ("~1", "1.0.0 1.9.9", "2.0.0"),
        ("1.2.*", "1.2.0 1.2.9", "1.3.0"),
        ("1.*", "1.0.0 1.9.0", "2.0.0"),
        ("*", "0.0.0 9.9.9", ""),
        ("=1.2.3", "1.2.3", "1.2.4"),
        ("=1.2", "1.2.0 1.2.9", "1.3.0"),
        (">1.2", "1.3.0 2.0.0", "1.2.0 1.2.9"),
        ("<=1.2", "1.2.9 0.1.0", "1.3.0"),
        (">= 1.2, < 1.5", "1.2.0 1.4.9", "1.1.9 1.5.0"),
    ],
)
def test_requirements(requirement: str, fits: str, fits_not: str) -> None:
    for version in fits.split():
        assert satisfies(version, requirement), version
    for version in fits_not.split():
        assert not satisfies(version, requirement), version


@pytest.mark.parametrize("requirement", ["x", "1.2.3.4", "^", "1..2", "latest"])
def test_no_requirements(requirement: str) -> None:
    with pytest.raises(ValueError, match="is no version requirement"):
        satisfies("1.0.0", requirement)


def needs(*names: str) -> tuple[DependencyTable, ...]:
    return tuple(DependencyTable(name=name) for name in names)


def test_order() -> None:
    wanted = {
        "a": ("pa", needs("pb")),
        "b": ("pb", needs("c", "absent")),
        "c": ("pc", ()),
        "d": ("pd", needs("d")),
    }
    order = in_order(wanted)
    assert sorted(order) == ["a", "b", "c", "d"]
    assert order.index("c") < order.index("b") < order.index("a")


def test_a_circle_comes_last() -> None:
    assert in_order({"a": ("a", needs("b")), "b": ("b", needs("a")), "z": ("z", ())}) == [
        "z",
        "a",
        "b",
    ]
