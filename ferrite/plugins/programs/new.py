"""`ferrite plugin new`: a project from its language's template.

Rule: nothing is written over, and a project that cannot be made whole is not made at all.
"""

from __future__ import annotations

import argparse
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ferrite.plugins.programs import output
from ferrite.plugins.programs.output import ProgramError
from ferrite.plugins.toolchains import TOOLCHAINS, sdk_folder

LANGUAGES = {toolchain.language: toolchain for toolchain in TOOLCHAINS}
DESCRIPTION = """\
Make a folder NAME with a plugin of two commands, NAME.WORLD and NAME.COUNT, its manifest and its
tests. It builds and passes its tests as it is.
"""
NAME = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*")
NAME_LENGTH_MAX = 64
_WORDS = """
abstract alloc as async await become box break const continue core crate default do dyn else enum
extern false final fn for func go if impl in int loop macro main map match mod move mut override
package plugin priv proc_macro pub range ref return select self static std struct super switch test
trait true try type typeof union unsafe unsized use var virtual void where while yield
"""
RESERVED = frozenset(_WORDS.split())
"""Words that one of the languages keeps for itself; a project of that name would not build."""
_PLACEHOLDER = re.compile(r"\{\{(name|NAME|module|sdk)\}\}")


def add(commands: Any) -> None:
    """Declare the program."""
    parser = commands.add_parser(
        "new", help="make a project from a template", description=DESCRIPTION
    )
    parser.add_argument("name", help="lower-case letters, digits, - and _; also the folder's name")
    parser.add_argument("--lang", required=True, choices=sorted(LANGUAGES), help="its language")
    parser.add_argument(
        "--into", type=Path, default=Path(), metavar="FOLDER", help="where to make it (default: .)"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Make a project. Raises ProgramError, BuildError."""
    target = options.into / options.name
    make_project(options.name, options.lang, target)
    output.line((str(target), output.GOOD), f": a plugin ({options.lang}). Next:")
    output.line(f"  cd {target}")
    output.line("  ferrite plugin build")
    output.line("  ferrite plugin test")
    return 0


def make_project(name: str, language: str, target: Path) -> None:
    """Copy a template, with its placeholders filled in.

    Raises ProgramError for a bad name, for a target that exists and for one that cannot be written;
    BuildError where there is no SDK.
    """
    if not NAME.fullmatch(name) or len(name) > NAME_LENGTH_MAX:
        rule = "begin with a lower-case letter; then lower-case letters, digits, and single - or _"
        raise ProgramError(f"{name!r} is no name for a plugin: {rule}, {NAME_LENGTH_MAX} at most")
    if name in RESERVED:
        raise ProgramError(f"{name!r} is no name for a plugin: it is a word of a language")
    if target.exists() or target.is_symlink():
        raise ProgramError(f"{target}: exists already")
    sdk = sdk_folder(language)
    template = sdk / "template"
    if not template.is_dir():
        raise ProgramError(f"{template}: there is no template")
    module = name.replace("-", "_")
    values = {"name": name, "NAME": module.upper(), "module": module, "sdk": str(sdk)}
    try:
        target.mkdir(parents=True)
        try:
            _copy(template, target, values)
        except OSError:
            shutil.rmtree(target)
            raise
    except OSError as error:
        raise ProgramError(f"{error.filename or target}: {error.strerror}") from error


def _copy(source: Path, target: Path, values: Mapping[str, str]) -> None:
    def fill(text: str) -> str:
        return _PLACEHOLDER.sub(lambda match: values[match[1]], text)

    for path in sorted(source.rglob("*")):
        place = target / fill(str(path.relative_to(source)))
        if path.is_dir():
            place.mkdir(exist_ok=True)
        else:
            place.write_text(fill(path.read_text("utf-8")), "utf-8")
