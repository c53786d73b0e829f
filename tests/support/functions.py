"""Modules of functions for tests of WASM.*, in a line, and their load and call."""

from __future__ import annotations

from typing import Any

from ferrite.plugins import encoder
from ferrite.plugins.functions.shape import SECTION_NAME
from tests.support.plugin_guests import imports
from tests.support.plugin_server import Client
from tests.support.wat import assemble

MEMORY = '(memory (export "memory") 1)'
LOOP = "(loop $again (br $again))"


def function(signature: str, body: str, *used: str, name: str = "f", fields: str = "") -> bytes:
    """A module of one function: function("(param i32) (result i32)", "local.get 0")."""
    return assemble(
        f'{imports(*used)} {MEMORY} {fields} (func (export "{name}") {signature} {body})'
    )


def older(signature: str, body: str, imported: str, fields: str = "") -> bytes:
    """A module of one function that has imports of the older modules, as text."""
    return assemble(f'{imported} {MEMORY} {fields} (func (export "f") {signature} {body})')


def with_section(binary: bytes, text: str) -> bytes:
    """A module that says which of its parameters are bytes."""
    return binary + encoder.custom_section(SECTION_NAME, text.encode())


def takes(*parameters: str, name: str = "f") -> str:
    """The text of such a section."""
    listed = ", ".join(f'"{parameter}"' for parameter in parameters)
    return f'[[functions]]\nname = "{name}"\nparameters = [{listed}]\n'


SHOUT = with_section(
    function(
        "(param $text i32) (param $length i32) (param $times i64)",
        "(drop (call $reply_bulk (local.get $text) (local.get $length)))",
        "reply_bulk",
    ),
    takes("bytes", "i64"),
)
"""Takes bytes and a number, replies the bytes."""

INCREMENT = function(
    "(result i32)",
    """
    (local $length i32)
    (local.set $length (call $arg_read (i32.const 0) (i32.const 64) (i32.const 256)))
    (if (i32.lt_s (call $incr_by (i32.const 64) (local.get $length) (i64.const 1) (i32.const 8))
                  (i32.const 0))
      (then (return (call $reply_error (i32.const 512) (call $last_error (i32.const 512)
                                                                          (i32.const 256))))))
    (call $reply_int (i64.load (i32.const 8)))
    """,
    "arg_read",
    "incr_by",
    "reply_int",
    "reply_error",
    "last_error",
)
"""Adds one to the number at its first argument, which is a key."""


def runs(*words: str) -> bytes:
    """A function that runs one command by `call` and replies what it answers."""
    request = f"*{len(words)}\r\n" + "".join(f"${len(w)}\r\n{w}\r\n" for w in words)
    text = "".join(f"\\{byte:02x}" for byte in request.encode())
    return function(
        "(result i32)",
        f"""
        (local $handle i32)
        (local.set $handle (call $call (i32.const 1024) (i32.const {len(request)})))
        (if (i32.lt_s (local.get $handle) (i32.const 0))
          (then (return (call $reply_error (i32.const 512) (call $last_error (i32.const 512)
                                                                              (i32.const 256))))))
        (call $reply_resp3 (i32.const 4096) (call $handle_read (local.get $handle) (i32.const 0)
                                                               (i32.const 4096) (i32.const 4096)))
        """,
        "call",
        "handle_read",
        "reply_resp3",
        "reply_error",
        "last_error",
        fields=f'(data (i32.const 1024) "{text}")',
    )


ADD = function("(param i32 i32) (result i32)", "(i32.add (local.get 0) (local.get 1))")
SPIN = function(
    "(param i64)",
    "(loop $l (local.set 0 (i64.sub (local.get 0) (i64.const 1)))"
    " (br_if $l (i64.gt_s (local.get 0) (i64.const 0))))",
)


def load(client: Client, binary: bytes, *options: str, name: str = "f") -> None:
    """Load it, which must succeed."""
    assert client.ask("WASM.LOAD", name, binary, *options) == "OK"


def call(client: Client, *arguments: str, name: str = "f") -> Any:
    """The reply to a call."""
    return client.ask("WASM.CALL", name, "ARGS", *arguments)
