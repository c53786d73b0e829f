"""A plain redis.conf as a source of options. https://redis.io/docs/latest/operate/oss_and_stack/management/config-file/

Rule: lines are read as Redis reads them: one directive a line, words quoted as in an inline
request, `include` in place. What is no option of ours, or can only have another value here, is
warned of and left out; what Redis would refuse as well is an error that names file and line.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ferrite.options import OutputLimits, SavePoints, Words
from ferrite.protocol.inline import split_inline

if TYPE_CHECKING:
    from ferrite.config import Config

INCLUDE_DEPTH_MAX = 16
DEFAULTS = {"bind": "* -::*", "save": "3600 1 300 100 60 10000"}
"""What a redis.conf that does not say otherwise means, where ours without one are others."""
DUPLICATE_USER = "Duplicate user found. A user can only be defined once in config files"
_BLANKS = b" \t\r\n"


def read_redis_conf(config: Config, path: Path) -> list[str]:
    """Take the options of a file; what of it has no effect, in words.

    Raises ValueError that names file, line and reason.
    """
    for name, text in DEFAULTS.items():
        directive = config.directives[name]
        directive.set(directive.parse(text))
    return _read(config, path, 0, set())


def _read(config: Config, path: Path, depth: int, given: set[str]) -> list[str]:
    """`given` are the directives there were before."""
    if depth > INCLUDE_DEPTH_MAX:
        raise ValueError(f"{path}: more than {INCLUDE_DEPTH_MAX} files include each other")
    try:
        text = path.read_bytes()
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}") from error
    warnings: list[str] = []
    for number, line in enumerate(text.split(b"\n"), 1):
        stripped = line.strip(_BLANKS)
        if not stripped or stripped.startswith(b"#"):
            continue
        where = f"{path}:{number}"
        words = split_inline(stripped)
        if words is None:
            raise ValueError(f"{where}: Unbalanced quotes in configuration line")
        if words[0].lower() == b"include":
            for name in words[1:]:
                included = Path(name.decode("utf-8", "surrogateescape"))
                warnings += _read(config, included, depth + 1, given)
            continue
        try:
            warning = _take(config, words, given)
        except ValueError as error:
            shown = stripped.decode("utf-8", "backslashreplace")
            raise ValueError(f"{where}: '{shown}': {error}") from error
        if warning:
            warnings.append(f"{where}: {warning}")
    return warnings


def add_user(config: Config, words: list[bytes]) -> None:
    """Take a user in: name and rules. Raises ValueError."""
    if not words:
        raise ValueError("wrong number of arguments")
    if any(words[0] == known[0] for known in config.users):
        raise ValueError(DUPLICATE_USER)
    config.users.append(words)


def _take(config: Config, words: list[bytes], given: set[str]) -> str:
    """Take one directive; why it has no effect, or "". Raises ValueError."""
    name, *values = (word.decode("utf-8", "surrogateescape") for word in words)
    name = name.lower()
    if name == "user":
        add_user(config, words[1:])
        return ""
    directive = config.directives.get(name)
    if directive is None:
        return f"directive '{name}' is not known here and has no effect"
    several = isinstance(directive.option.kind, Words | SavePoints | OutputLimits)
    if directive.option.constant:
        try:
            directive.parse(" ".join(values))
        except ValueError as error:
            return f"directive '{name}' has no effect: {error}"
    if not values or (len(values) > 1 and not several):
        raise ValueError("wrong number of arguments")
    text = " ".join(values)
    if isinstance(directive.option.kind, SavePoints) and text and name in given:
        directive.parse(text)
        text = f"{directive.text()} {text}"  # one line for each point; the first ends the default
    given.add(name)
    directive.set(directive.parse(text))
    return ""
