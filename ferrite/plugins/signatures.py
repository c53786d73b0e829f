"""Ed25519 signatures of plugins: made, found, checked.

Rule: what is signed is the module without its signature section, and the manifest that stands
beside it, if one does, because that says what the plugin may ask for. A signature is a line
`ed25519 KEY-ID SIGNATURE`, in `<file>.sig` or in the module's last section. Switched on, what no
trusted key has signed is refused; a key that is not trusted counts as none.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from ferrite.plugins import encoder
from ferrite.plugins.program import LoadError
from ferrite.plugins.sections import sections

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SECTION_NAME = "ferrite-signature"
PUBLIC_SUFFIX = ".pub"
DOMAIN = b"ferrite plugin 1\n"
KEY_BYTES = 32
KEY_ID_DIGITS = 16
_LINE = re.compile(r"ed25519 ([0-9a-f]{16}) ([A-Za-z0-9+/=]{80,100})")


class SignatureError(Exception):
    """A key or a signature cannot be used; the text says why."""


def read_public_key(text: str) -> bytes:
    """A public key: base64 of its 32 bytes. Raises SignatureError."""
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError) as error:
        raise SignatureError(f"{text.strip()[:80]!r} is no base64") from error
    if len(key) != KEY_BYTES:
        raise SignatureError(f"a public key has {KEY_BYTES} bytes, not {len(key)}")
    return key


def key_id(public_key: bytes) -> str:
    """By what a key is called: the beginning of its digest."""
    return hashlib.sha256(public_key).hexdigest()[:KEY_ID_DIGITS]


def generate(path: Path) -> str:
    """Make a pair of keys: the private one in `path`, the public one beside it; the key's id.

    Raises SignatureError where `path` exists or cannot be written.
    """
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    private = Ed25519PrivateKey.generate()
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = private.public_key().public_bytes_raw()
    try:
        path.touch(mode=0o600, exist_ok=False)
        path.write_bytes(pem)
        public_path = path.with_name(path.name + PUBLIC_SUFFIX)
        public_path.write_text(base64.b64encode(public).decode() + "\n")
    except OSError as error:
        raise SignatureError(f"{path}: {error.strerror}") from error
    return key_id(public)


def load_private_key(path: Path) -> Ed25519PrivateKey:
    """A private key of `generate`. Raises SignatureError."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except OSError as error:
        raise SignatureError(f"{path}: {error.strerror}") from error
    except (ValueError, TypeError) as error:
        raise SignatureError(f"{path}: is no private key") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise SignatureError(f"{path}: is no Ed25519 key")
    return key


def sign(binary: bytes, manifest: str | None, key: Ed25519PrivateKey) -> str:
    """The line that signs a module, and the manifest beside it if there is one."""
    identity = key_id(key.public_key().public_bytes_raw())
    signature = base64.b64encode(key.sign(_message(binary, manifest))).decode()
    return f"ed25519 {identity} {signature}"


def embed(binary: bytes, line: str) -> bytes:
    """A module with one more signature in it."""
    body, lines = split(binary)
    text = "\n".join([*lines, line])
    return body + encoder.custom_section(SECTION_NAME, text.encode())


def split(binary: bytes) -> tuple[bytes, list[str]]:
    """A module without its signature section, and the lines of that; the section is the last."""
    *_, last = (None, *sections(binary))
    if last is None or last.name != SECTION_NAME or last.end != len(binary):
        return binary, []
    return binary[: last.start], last.content.decode("utf-8", "replace").splitlines()


def check(
    binary: bytes, manifest: str | None, detached: str, trusted: Iterable[str], name: str
) -> str:
    """The id of the trusted key that has signed a plugin. Raises LoadError where none has.

    `trusted` are public keys; `detached` is the text of the file beside the module.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    keys = {}
    for text in trusted:
        try:
            key = read_public_key(text)
        except SignatureError as error:
            raise LoadError(f"trusted_keys: {error}") from error
        keys[key_id(key)] = key
    body, lines = split(binary)
    found = []
    for line in (*lines, *detached.splitlines()):
        match = _LINE.fullmatch(line.strip())
        if match is None:
            continue
        found.append(match[1])
        if match[1] in keys:
            public = Ed25519PublicKey.from_public_bytes(keys[match[1]])
            try:
                public.verify(base64.b64decode(match[2]), _message(body, manifest))
            except (InvalidSignature, ValueError):
                what = f"the signature of key {match[1]} does not fit: it was changed"
                raise LoadError(f"{name}: {what}") from None
            return match[1]
    if not found:
        raise LoadError(f"{name}: is not signed, and verify_signatures = true")
    raise LoadError(f"{name}: no trusted key has signed it, but {', '.join(found)}")


def _message(binary: bytes, manifest: str | None) -> bytes:
    body, _ = split(binary)
    beside = b"" if manifest is None else manifest.encode()
    return DOMAIN + hashlib.sha256(body).digest() + hashlib.sha256(beside).digest()
