"""WASM.* through a real socket: loaded, called, bounded, kept and undone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.functions import (
    ADD,
    INCREMENT,
    SHOUT,
    call,
    function,
    load,
    older,
    runs,
    takes,
    with_section,
)
from tests.support.plugin_replies import pairs, refusal
from tests.support.plugin_server import Client, plugin_server
from tests.support.wat import assemble

# --- what is called -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("signature", "body", "arguments", "answer"),
    [
        ("", "", [], "OK"),
        ("(result i32)", "(i32.const 7)", [], 7),
        ("(result i32)", "(i32.const -7)", [], -7),
        ("(param i32) (result i32)", "(local.get 0)", ["2147483647"], 2**31 - 1),
        ("(param i32) (result i32)", "(local.get 0)", ["-2147483648"], -(2**31)),
        ("(param i64) (result i64)", "(local.get 0)", ["-9223372036854775808"], -(2**63)),
        ("(param i64) (result i64)", "(local.get 0)", ["9223372036854775807"], 2**63 - 1),
        ("(param f64) (result f64)", "(local.get 0)", ["1e300"], 1e300),
        ("(param f64) (result f64)", "(local.get 0)", ["-0.5"], -0.5),
        ("(param f32) (result f32)", "(local.get 0)", ["0.1"], 0.10000000149011612),
        ("(param f32) (result f32)", "(local.get 0)", ["inf"], float("inf")),
        (
            "(param i32 i64 f32 f64) (result f64 f32 i64 i32)",
            "(local.get 3) (local.get 2) (local.get 1) (local.get 0)",
            ["1", "2", "0.5", "4.5"],
            [4.5, 0.5, 2, 1],
        ),
        ("(param i32)", "(drop (local.get 0))", ["1"], "OK"),
    ],
)
def test_results_answer_by_their_types(
    client: Client, signature: str, body: str, arguments: list[str], answer: object
) -> None:
    load(client, function(signature, body))

    def plain(reply: Any) -> Any:
        if isinstance(reply, list):
            return list(map(plain, reply))
        return float(reply) if isinstance(reply, bytes) else reply

    assert plain(call(client, *arguments)) == answer


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        ("i32", "2147483648"),
        ("i32", "-2147483649"),
        ("i32", "1.0"),
        ("i32", ""),
        ("i32", " 1"),
        ("i64", "9223372036854775808"),
        ("i64", "0x10"),
        ("f32", "1e39"),
        ("f32", "nan"),
        ("f64", "one"),
        ("f64", "1_0"),
        ("f64", " 1"),
    ],
)
def test_a_bad_argument_is_named_by_position_and_type(client: Client, kind: str, word: str) -> None:
    load(client, function(f"(param i32 {kind})", ""))
    message = f"ERR function 'f': argument 2 must be an {kind}, not '{word}'"
    assert refusal(call(client, "1", word)) == message
    assert refusal(client.ask("WASM.CALL", "f", "1", "1", word)) == message, "keys count as well"


def test_the_number_of_arguments(client: Client) -> None:
    load(client, ADD)
    message = "ERR function 'f': it takes 2 arguments (i32 i32), not {}"
    for count in (0, 1, 3):
        assert refusal(call(client, *["1"] * count)) == message.format(count)
    load(client, function("", ""), name="g")
    assert refusal(call(client, "1", name="g")) == "ERR function 'g': it takes 0 arguments, not 1"


def test_keys_and_arguments_in_either_form(client: Client) -> None:
    load(client, function("(param i32 i32 i32) (result i32)", "(i32.sub (i32.mul (local.get 0) "
                          "(local.get 1)) (local.get 2))"))  # fmt: skip
    for words in (
        ["KEYS", "4", "5", "ARGS", "6"],
        ["keys", "4", "args", "5", "6"],
        ["ARGS", "4", "5", "6"],
        ["KEYS", "4", "5", "6"],
        ["2", "4", "5", "6"],
        ["0", "4", "5", "6"],
        ["3", "4", "5", "6"],
    ):
        assert client.ask("WASM.CALL", "f", *words) == 14, words
        assert client.ask("WASM", "CALL", "f", *words) == 14, words
        assert client.ask("WASM.CALL_RO", "f", *words) == 14, words
    for words, message in (
        (["4", "1"], "ERR Number of keys can't be greater than number of args"),
        (["-1", "1"], "ERR Number of keys can't be negative"),
        (["x", "1"], "ERR Bad number of keys provided"),
    ):
        assert refusal(client.ask("WASM.CALL", "f", *words)) == message


def test_keys_are_found_by_clients_and_rights(client: Client) -> None:
    for words in (["f", "KEYS", "a", "b", "ARGS", "c"], ["f", "2", "a", "b", "c"]):
        assert client.ask("COMMAND", "GETKEYS", "WASM.CALL", *words) == [b"a", b"b"]
        assert client.ask("COMMAND", "GETKEYS", "WASM", "CALL_RO", *words) == [b"a", b"b"]
    load(client, INCREMENT)
    client.ask("ACL", "SETUSER", "alice", "on", "nopass", "+@all", "~a:*")
    client.ask("AUTH", "alice", "x")
    assert client.ask("WASM.CALL", "f", "KEYS", "a:1") == 1
    assert refusal(client.ask("WASM.CALL", "f", "KEYS", "b:1")).startswith("NOPERM")
    hidden = refusal(client.ask("WASM.CALL", "f", "ARGS", "b:1"))
    assert hidden == "NOPERM user 'alice' may not read the key 'b:1'", "not named, and still no way"


def test_which_export_is_called(client: Client) -> None:
    one = '(func (export "{}") (result i32) i32.const %d)'
    two = f"{one % 1} {one % 2}"
    load(client, assemble(two.format("a", "my_f")), name="my-f")
    assert call(client, name="my-f") == 2
    load(client, assemble(two.format("a", "main")), name="f")
    assert call(client, name="f") == 2
    load(client, assemble('(func (export "other") (result i32) i32.const 3)'), name="g")
    assert call(client, name="g") == 3
    message = refusal(client.ask("WASM.LOAD", "h", assemble(two.format("a", "b"))))
    assert message == (
        "ERR function 'h': it needs an exported function 'h' or 'main', or a single one; "
        "exported are: a [] -> [i32]; b [] -> [i32]"
    )


def test_a_reply_that_was_built_wins(client: Client) -> None:
    load(client, function("(result i32)", "(drop (call $reply_int (i64.const 9))) (i32.const 5)",
                          "reply_int"))  # fmt: skip
    assert call(client) == 9
    load(client, function("(param i32) (result i32)", "(drop (call $reply_array (i32.const 2)))"
                          "(local.get 0)", "reply_array"), "REPLACE")  # fmt: skip
    assert "misses 2 announced values" in refusal(call(client, "1"))


def test_bytes_as_a_pointer_and_a_length(client: Client) -> None:
    load(client, SHOUT)
    for size in (0, 1, 65_535, 65_537, 200_000, 3):
        text = "x" * size
        assert call(client, text, "1") == text.encode()
    assert pairs(client.ask("WASM.INFO", "f"))[b"parameters"] == [b"bytes", b"i64"]
    message = refusal(call(client, "text", "x"))
    assert message == "ERR function 'f': argument 2 must be an i64, not 'x'"
    load(client, SHOUT, "REPLACE", "MAX_MEMORY", "128KB")
    assert call(client, "x" * 60_000, "1") == b"x" * 60_000
    message = refusal(call(client, "x" * 70_000, "1"))
    assert message == "ERR function 'f': no memory for 70000 bytes of arguments"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (takes("bytes"), "does not fit 'f', which has type [i32 i32 i64] -> []"),
        (takes("text", "i64"), "has 'text' (known are bytes, i32, i64, f32, f64)"),
        ("[[functions]]\nname = 1\n", "functions[0].name"),
        ("[other]\n", "other is no known table (known is functions)"),
        ("[", "section ferrite-function"),
    ],
)
def test_a_bad_section_is_named(client: Client, text: str, message: str) -> None:
    binary = with_section(function("(param i32 i32 i64)", ""), text)
    assert message in refusal(client.ask("WASM.LOAD", "f", binary))


# --- what it may do -------------------------------------------------------------------------------


def test_effects_are_kept_or_undone_whole(client: Client) -> None:
    load(client, INCREMENT)
    assert [client.ask("WASM.CALL", "f", "KEYS", "n") for _ in range(3)] == [1, 2, 3]
    client.ask("SET", "text", "x")
    assert "not an integer" in refusal(client.ask("WASM.CALL", "f", "KEYS", "text"))
    write = "(drop (call $set (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 1)))"
    trapping = function("", f"{write} unreachable", "set")
    load(client, trapping, name="trap")
    assert refusal(call(client, name="trap")) == "ERR function 'trap': trap: unreachable"
    assert client.ask("DBSIZE") == 2
    client.ask("MULTI")
    client.ask("WASM.CALL", "f", "KEYS", "n")
    client.ask("WASM.CALL", "trap")
    client.ask("WASM.CALL", "f", "KEYS", "n")
    first, second, third = client.ask("EXEC")
    assert (first, third) == (4, 5)
    assert "trap" in refusal(second)


def test_call_ro_and_read_only_do_not_write(client: Client) -> None:
    load(client, INCREMENT)
    client.ask("SET", "n", "5")
    message = "NOPERM function 'f' may not write: command WASM.CALL_RO has no flag write"
    assert refusal(client.ask("WASM.CALL_RO", "f", "KEYS", "n")) == message
    load(client, INCREMENT, "REPLACE", "READ_ONLY")
    message = "NOPERM function 'f' has no permission storage.write"
    assert refusal(client.ask("WASM.CALL", "f", "KEYS", "n")) == message
    assert client.ask("GET", "n") == b"5"
    found = pairs(client.ask("WASM.INFO", "f"))
    assert (found[b"read_only"], found[b"permissions"]) == (
        1,
        [b"storage.read", b"system.time", b"system.random"],
    )


def test_permissions_are_what_was_said(client: Client) -> None:
    load(client, INCREMENT, "PERMISSIONS", "storage.read", "storage.write=a:*")
    assert client.ask("WASM.CALL", "f", "KEYS", "a:1") == 1
    message = "NOPERM function 'f' has no permission storage.write for 'b:1'"
    assert refusal(client.ask("WASM.CALL", "f", "KEYS", "b:1")) == message
    steps = pairs(client.ask("PLUGIN.WHY", "f", "default", "WASM.CALL", "b:1")[1])
    assert steps[b"decision"] == b"denied"
    assert any(line.startswith(b"no: PERMISSIONS asks for") for line in steps[b"steps"])
    load(client, INCREMENT, "REPLACE", "PERMISSIONS", "none")
    assert "no permission" in refusal(client.ask("WASM.CALL", "f", "KEYS", "a:1"))
    for words in (["READ_ONLY", "PERMISSIONS", "storage"], ["PERMISSIONS"], ["NONSENSE"]):
        assert refusal(client.ask("WASM.LOAD", "g", ADD, *words)) == "ERR syntax error"
    message = "ERR function 'g': 'storage.fly' is no right"
    assert refusal(client.ask("WASM.LOAD", "g", ADD, "PERMISSIONS", "storage.fly")) == message


@pytest.mark.parametrize(
    ("options", "allowed"),
    [
        ([], True),
        (["COMMANDS", "echo"], True),
        (["COMMANDS", "@connection", "get"], True),
        (["COMMANDS", "get", "set"], False),
        (["DENY_COMMANDS", "ECHO"], False),
        (["DENY_COMMANDS", "@connection"], False),
        (["DENY_COMMANDS", "get"], True),
        (["COMMANDS", "@all_of_them"], None),
        (["DENY_COMMANDS", "ecko"], None),
    ],
)
def test_commands_are_limited(client: Client, options: list[str], allowed: bool | None) -> None:
    reply = client.ask("WASM.LOAD", "f", runs("ECHO", "hello"), *options)
    if allowed is None:
        shown = options[1]
        what = "ACL category" if shown.startswith("@") else "command"
        assert refusal(reply) == f"ERR function 'f': '{shown}' is no {what}"
        return
    assert reply == "OK"
    reply = call(client)
    if allowed:
        assert reply == b"hello"
    else:
        assert refusal(reply) == (
            "NOPERM function 'f' may not run echo: COMMANDS and DENY_COMMANDS"
        )


def test_a_denied_command_has_no_other_door(client: Client) -> None:
    for options in (["DENY_COMMANDS", "incrby"], ["COMMANDS", "get"], ["DENY_COMMANDS", "@write"]):
        load(client, INCREMENT, "REPLACE", *options)
        message = "NOPERM function 'f' may not run INCRBY: COMMANDS and DENY_COMMANDS"
        assert refusal(client.ask("WASM.CALL", "f", "KEYS", "n")) == message
    load(client, INCREMENT, "REPLACE", "COMMANDS", "incr")
    assert client.ask("WASM.CALL", "f", "KEYS", "n") == 1


def test_who_may_do_what(client: Client) -> None:
    load(client, ADD)
    client.ask("ACL", "SETUSER", "bob", "on", "nopass", "+@scripting", "~*")
    client.ask("ACL", "SETUSER", "eve", "on", "nopass", "+@all", "-@dangerous", "~*")
    client.ask("AUTH", "bob", "x")
    assert call(client, "2", "3") == 5
    assert len(client.ask("WASM.LIST")) == 1
    client.ask("AUTH", "eve", "x")
    for words in (["LOAD", "g", "x"], ["DEFINE", "g", "x"], ["UNLOAD", "f"], ["UPDATE", "f", "x"]):
        assert refusal(client.ask("WASM", *words)).startswith("NOPERM"), words


def test_loading_can_be_switched_off(tmp_path: Path) -> None:
    config = tmp_path / "ferrite.toml"
    for line, message in (
        ('enable_plugin_command = "no"', "ERR PLUGIN command not allowed"),
        ("enabled = false", "ERR plugins are disabled"),
    ):
        config.write_text(f"[plugins]\n{line}\n")
        with plugin_server("--config", str(config)) as server:
            client = server.client()
            for words in (["LOAD", "f", ADD], ["DEFINE", "f", "(module)"], ["UNLOAD", "f"]):
                assert refusal(client.ask(b"WASM", *words)).startswith(message), words


# --- modules of other kinds -----------------------------------------------------------------------

OLDER = """
(import "{module}" "{prefix}set" (func $set (param i32 i32 i32 i32) (result i32)))
(import "{module}" "{prefix}get" (func $get (param i32 i32 i32 i32) (result i32)))
(import "{module}" "{prefix}del" (func $del (param i32 i32) (result i32)))
(import "{module}" "{prefix}exists" (func $exists (param i32 i32) (result i32)))
(import "{module}" "{prefix}incr" (func $incr (param i32 i32) (result i64)))
(import "{module}" "{prefix}hset" (func $hset (param i32 i32 i32 i32 i32 i32) (result i32)))
(import "{module}" "{prefix}hget" (func $hget (param i32 i32 i32 i32 i32 i32) (result i32)))
(import "{module}" "{prefix}expire" (func $expire (param i32 i32 i64) (result i32)))
(import "{module}" "{prefix}ttl" (func $ttl (param i32 i32) (result i64)))
(import "{module}" "{prefix}log" (func $log (param i32 i32 i32)))
(import "{module}" "{prefix}time_millis" (func $time (result i64)))
(import "{module}" "{prefix}random" (func $random (param i32 i32) (result i32)))
"""
OLDER_BODY = """
(call $set (i32.const 0) (i32.const 1) (i32.const 1) (i32.const 2))
(call $get (i32.const 0) (i32.const 1) (i32.const 100) (i32.const 10))
(call $get (i32.const 4) (i32.const 1) (i32.const 100) (i32.const 10))
(call $exists (i32.const 0) (i32.const 1))
(call $del (i32.const 0) (i32.const 1))
(call $del (i32.const 0) (i32.const 1))
(call $incr (i32.const 5) (i32.const 1))
(call $incr (i32.const 5) (i32.const 1))
(call $hset (i32.const 6) (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 1) (i32.const 2))
(call $hget (i32.const 6) (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 90) (i32.const 9))
(call $hget (i32.const 6) (i32.const 1) (i32.const 4) (i32.const 1) (i32.const 90) (i32.const 9))
(call $get (i32.const 6) (i32.const 1) (i32.const 100) (i32.const 10))
(call $incr (i32.const 6) (i32.const 1))
(call $ttl (i32.const 5) (i32.const 1))
(call $expire (i32.const 5) (i32.const 1) (i64.const 100))
(call $expire (i32.const 5) (i32.const 1) (i64.const -1))
(call $expire (i32.const 4) (i32.const 1) (i64.const 100))
(call $ttl (i32.const 5) (i32.const 1))
(call $ttl (i32.const 4) (i32.const 1))
(i64.gt_s (call $time) (i64.const 1500000000000))
(call $random (i32.const 200) (i32.const 16))
(call $log (i32.const 1) (i32.const 0) (i32.const 3))
"""
OLDER_RESULTS = (
    "i32 i32 i32 i32 i32 i32 i64 i64 i32 i32 i32 i32 i64 i64 i32 i32 i32 i64 i64 i32 i32"
)
OLDER_ANSWER = [
    *(0, 2, -1, 1, 1, 0, 1, 2, 1, 2, -1, -2),
    *(-(2**63), -1, 1, -2, 0, 100, -2, 1, 0),
]


@pytest.mark.parametrize(("module", "prefix"), [("ferrite", ""), ("env", "ferrite_")])
def test_older_imports(client: Client, module: str, prefix: str) -> None:
    imported = OLDER.format(module=module, prefix=prefix)
    binary = older(
        f"(result {OLDER_RESULTS})", OLDER_BODY, imported, '(data (i32.const 0) "abc-nkh")'
    )
    load(client, binary)
    assert call(client) == OLDER_ANSWER
    assert client.ask("GET", "k") == b"2"
    assert client.ask("PLUGIN.LOG", "f") == [b"INFO abc"]
    functions = {
        pairs(entry)[b"function"] for entry in client.ask("PLUGIN.AUDIT", "f", "LIMIT", "100")
    }
    assert {b"get", b"set", b"delete", b"incr_by", b"time_ms"} <= functions
    client.ask("FLUSHALL")
    load(client, binary, "REPLACE", "PERMISSIONS", "none")
    denied = [-2] * 6 + [-(2**63)] * 2 + [-2] * 4 + [-(2**63)] * 2
    denied += [-2] * 3 + [-(2**63)] * 2 + [0, -2]
    assert call(client) == denied
    assert client.ask("DBSIZE") == 0
    load(client, binary, "REPLACE", "DENY_COMMANDS", "incr", "set")
    reply = call(client)
    assert (reply[0], reply[6], reply[8]) == (-2, -(2**63), 1)
    wrong = older("", "", f'(import "{module}" "{prefix}incr" (func (param i32) (result i32)))')
    message = f"import {module}.{prefix}incr has type [i32] -> [i32], and should have"
    assert message in refusal(client.ask("WASM.LOAD", "g", wrong))
    unknown = older("", "", f'(import "{module}" "{prefix}fly" (func))')
    assert f"unknown import {module}.{prefix}fly" in refusal(client.ask("WASM.LOAD", "g", unknown))


def test_define(client: Client) -> None:
    text = """(module
      ;; the greatest common divisor
      (func $gcd (export "gcd") (param $a i64) (param $b i64) (result i64)
        (if (result i64) (i64.eqz (local.get $b))
          (then (local.get $a))
          (else (call $gcd (local.get $b) (i64.rem_u (local.get $a) (local.get $b)))))))"""
    assert client.ask("WASM.DEFINE", "gcd", text) == "OK"
    assert client.ask("WASM.CALL", "gcd", "ARGS", "1071", "462") == 21
    assert pairs(client.ask("WASM.INFO", "gcd"))[b"type"] == b"i64 i64 -> i64"
    message = "ERR function 'gcd': it is loaded already; REPLACE puts another in its place"
    assert refusal(client.ask("WASM.DEFINE", "gcd", text)) == message
    assert client.ask("WASM.DEFINE", "gcd", text, "REPLACE", "MAX_FUEL", "5") == "OK"
    assert "out of fuel" in refusal(client.ask("WASM.CALL", "gcd", "ARGS", "1071", "462"))
    for broken, message in (
        ("(module\n (func)\n", "line 1: this '(' is not closed"),
        (
            '(module\n (func (export "f")\n  i32.konst 1))',
            "line 3: expected ')', found 'i32.konst'",
        ),
        ('(module (func (export "f") (result i32)))', "invalid module"),
    ):
        assert message in refusal(client.ask("WASM.DEFINE", "g", broken))
