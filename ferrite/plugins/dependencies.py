"""Which plugins another needs: versions as Cargo writes them, and the order of loading.

Rule: "1.2" means ^1.2: at least that, below the next change of the leftmost number that is not 0.
Several requirements are joined by commas. Source:
https://doc.rust-lang.org/cargo/reference/specifying-dependencies.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

from ferrite.plugins.manifest import DependencyTable, Manifest, parse_version
from ferrite.plugins.plugin import Plugin, find_provider
from ferrite.plugins.program import LoadError

Triple: TypeAlias = tuple[int, int, int]
_REQUIREMENT = re.compile(r"(\^|~|=|>=|<=|>|<)?\s*(\d+)(?:\.(\d+|\*))?(?:\.(\d+|\*))?")


def satisfies(version: str, requirement: str) -> bool:
    """Whether a version is one that a requirement allows. Raises ValueError for a bad one."""
    found = parse_version(version)
    return all(_allows(part.strip(), found) for part in requirement.split(","))


def _allows(part: str, version: Triple) -> bool:
    if part in ("*", ""):
        return True
    match = _REQUIREMENT.fullmatch(part)
    if match is None:
        raise ValueError(f"'{part}' is no version requirement")
    numbers = [int(text) for text in match.groups()[1:] if text not in (None, "*")]
    low: Triple = (*numbers, 0, 0)[:3]  # type: ignore[assignment]
    compare: dict[str, Callable[[], bool]] = {
        "^": lambda: low <= version < _next(low, _caret_position(numbers)),
        "~": lambda: low <= version < _next(low, min(len(numbers) - 1, 1)),
        "=": lambda: low <= version < _next(low, len(numbers) - 1),
        ">=": lambda: version >= low,
        "<": lambda: version < low,
        ">": lambda: version >= _next(low, len(numbers) - 1),
        "<=": lambda: version < _next(low, len(numbers) - 1),
    }
    wildcard = "*" in part
    return compare["=" if wildcard else match[1] or "^"]()


def _caret_position(numbers: Sequence[int]) -> int:
    """The number whose change is incompatible: the leftmost that is not 0, else the last given."""
    return next((index for index, number in enumerate(numbers) if number), len(numbers) - 1)


def _next(version: Triple, position: int) -> Triple:
    raised = [*version[:position], version[position] + 1, 0, 0, 0]
    return (raised[0], raised[1], raised[2])


def require_dependencies(manifest: Manifest, plugins: Iterable[Plugin]) -> None:
    """Raises LoadError naming the first dependency that is missing or of a wrong version."""
    present = list(plugins)
    for index, wanted in enumerate(manifest.dependencies):
        provider = find_provider(present, wanted.name)
        if provider is None and wanted.optional:
            continue
        place = ("dependencies", index)
        if provider is None:
            raise LoadError(str(manifest.problem(place, f"'{wanted.name}' is not loaded")))
        version = provider.program.manifest.package.version
        try:
            fits = satisfies(version, wanted.version)
        except ValueError as error:
            raise LoadError(str(manifest.problem((*place, "version"), str(error)))) from error
        if not fits:
            what = f"needs '{wanted.name}' {wanted.version}, and {version} is loaded"
            raise LoadError(str(manifest.problem((*place, "version"), what)))


def dependents(plugin: Plugin, plugins: Iterable[Plugin]) -> list[str]:
    """Names of the plugins that cannot be without this one."""
    others = [other for other in plugins if other is not plugin]
    return [
        other.name
        for other in others
        for wanted in other.program.manifest.dependencies
        if not wanted.optional
        and plugin.answers_to(wanted.name)
        and find_provider(others, wanted.name) is None
    ]


def in_order(wanted: Mapping[str, tuple[str, Sequence[DependencyTable]]]) -> list[str]:
    """Load names in an order in which each comes after what it needs, else by name.

    `wanted` gives package name and dependencies by load name. What needs each other in a circle
    comes last, by name: loading it will say what is missing.
    """
    rest = dict(sorted(wanted.items()))
    done: list[str] = []
    while rest:
        waiting = {
            name for load_name, (package, _) in rest.items() for name in (load_name, package)
        }
        free = [
            name
            for name, (package, needs) in rest.items()
            if not any(need.name in waiting - {name, package} for need in needs)
        ]
        for name in free or list(rest):
            done.append(name)
            del rest[name]
    return done
