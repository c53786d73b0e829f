"""The program `ferrite plugin ...`: what a plugin's author does without a server."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from ferrite.plugin_options import PluginOptions
from ferrite.plugins import signatures
from ferrite.plugins.build import BuildError, build_plugin
from ferrite.plugins.program import LoadError
from ferrite.plugins.recording import program as replay
from ferrite.plugins.sources import SIGNATURE_SUFFIX, PluginSource, SourceFiles, read_source


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a subcommand; the exit code: 0, 1 when it failed, 2 when it was called wrongly."""
    parser = argparse.ArgumentParser(prog="ferrite plugin", description="Tools for plugin authors.")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    build = commands.add_parser("build", help="compile a folder of C to one .wasm file")
    build.add_argument("folder", type=Path, help="holds plugin.toml and the *.c files")
    build.add_argument("-o", "--output", type=Path, help="default: FOLDER/FOLDER.wasm")
    build.set_defaults(run=_build)
    keygen = commands.add_parser("keygen", help="make a pair of keys to sign with")
    keygen.add_argument("file", type=Path, help="for the private key; FILE.pub gets the public one")
    keygen.set_defaults(run=_keygen)
    sign = commands.add_parser("sign", help="sign a module")
    sign.add_argument("file", type=Path, help="the module; a manifest beside it is signed as well")
    sign.add_argument("--key", type=Path, required=True, help="the private key")
    sign.add_argument("--embed", action="store_true", help="into the module, not into FILE.sig")
    sign.set_defaults(run=_sign)
    verify = commands.add_parser("verify", help="check the signature of a module")
    verify.add_argument("file", type=Path)
    verify.add_argument("--key", type=Path, required=True, action="append", help="a public key")
    verify.set_defaults(run=_verify)
    replay.add(commands)
    options = parser.parse_args(arguments)
    code: int = options.run(options)
    return code


def _build(options: argparse.Namespace) -> int:
    try:
        target = build_plugin(options.folder, options.output)
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{target}: {target.stat().st_size} bytes")
    return 0


def _keygen(options: argparse.Namespace) -> int:
    try:
        identity = signatures.generate(options.file)
    except signatures.SignatureError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{options.file}: key {identity}")
    return 0


def _sign(options: argparse.Namespace) -> int:
    path: Path = options.file
    try:
        files = _files(path)
        key = signatures.load_private_key(options.key)
        manifest = None if files.manifest is None else files.manifest.text
        line = signatures.sign(files.binary, manifest, key)
        if options.embed:
            path.write_bytes(signatures.embed(files.binary, line))
        else:
            beside = path.with_name(path.name + SIGNATURE_SUFFIX)
            beside.write_text("\n".join([*files.signature.splitlines(), line]) + "\n")
    except (LoadError, signatures.SignatureError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{path}: signed by key {line.split()[1]}")
    return 0


def _verify(options: argparse.Namespace) -> int:
    try:
        files = _files(options.file)
        manifest = None if files.manifest is None else files.manifest.text
        keys = [path.read_text() for path in options.key]
        identity = signatures.check(
            files.binary, manifest, files.signature, keys, str(options.file)
        )
    except (LoadError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{options.file}: signed by key {identity}")
    return 0


def _files(path: Path) -> SourceFiles:
    """A plugin as the server reads it. Raises LoadError."""
    return read_source(PluginSource.file(path.absolute()), PluginOptions(), None)
