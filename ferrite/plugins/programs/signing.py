"""`ferrite plugin keygen`, `sign` and `verify`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ferrite.plugins import signatures
from ferrite.plugins.programs import output
from ferrite.plugins.programs.project import read_files
from ferrite.plugins.sources import SIGNATURE_SUFFIX


def add(commands: Any) -> None:
    """Declare the programs."""
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


def _keygen(options: argparse.Namespace) -> int:
    identity = signatures.generate(options.file)
    output.line(f"{options.file}: key {identity}")
    return 0


def _sign(options: argparse.Namespace) -> int:
    path: Path = options.file
    files = read_files(path)
    key = signatures.load_private_key(options.key)
    manifest = None if files.manifest is None else files.manifest.text
    signed = signatures.sign(files.binary, manifest, key)
    if options.embed:
        path.write_bytes(signatures.embed(files.binary, signed))
    else:
        beside = path.with_name(path.name + SIGNATURE_SUFFIX)
        beside.write_text("\n".join([*files.signature.splitlines(), signed]) + "\n")
    output.line(f"{path}: signed by key {signed.split()[1]}")
    return 0


def _verify(options: argparse.Namespace) -> int:
    files = read_files(options.file)
    manifest = None if files.manifest is None else files.manifest.text
    keys = [path.read_text() for path in options.key]
    identity = signatures.check(files.binary, manifest, files.signature, keys, str(options.file))
    output.line(f"{options.file}: signed by key {identity}")
    return 0
