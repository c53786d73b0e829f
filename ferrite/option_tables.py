"""Classes of options and the tables of ferrite.toml that set them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from ferrite.options import Option
from ferrite.toml_source import TomlSource


def options_of(holder: Any) -> Iterator[tuple[str, Option]]:
    """Attribute and declaration of each option of a class of options or its instance."""
    for item in fields(holder):
        yield item.name, item.metadata["option"]


def read_table(
    source: TomlSource, path: tuple[str, ...], table: dict[str, Any], holder: Any
) -> None:
    """Set the options of `holder` from the table at `path`. Raises ValueError that names the key,
    of one that is not declared as well."""
    declared = dict(options_of(holder))
    for key, value in table.items():
        if key not in declared:
            raise source.problem((*path, key), "is no known key")
        try:
            setattr(holder, key, declared[key].kind.from_toml(value))
        except ValueError as error:
            reason = str(error).removeprefix("argument(s) ").removeprefix("argument ")
            raise source.problem((*path, key), reason) from error
