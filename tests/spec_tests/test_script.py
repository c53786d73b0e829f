from __future__ import annotations

import pytest
from reader import ScriptError
from script import (
    Assertion,
    Category,
    Command,
    Get,
    InstanceOf,
    Invoke,
    ModuleSource,
    Register,
    count,
    read_script,
)
from values import Exact, NanClass, Value


def command(text: str) -> Command:
    (read,) = read_script(text)
    return read


def test_module_texts_stay_as_they_are() -> None:
    text = "(module $m (func (;x;)))"
    assert command(text).body == ModuleSource("$m", "text", text=text)


def test_binary_modules_are_bytes() -> None:
    body = command(r'(module $m binary "\00asm" "\01\00" "\00\00")').body
    assert body == ModuleSource("$m", "binary", binary=b"\0asm\1\0\0\0")


def test_quoted_modules_are_joined_text() -> None:
    assert command(r'(module quote "(fu" "nc)")').body == ModuleSource(None, "quote", "(func)")


def test_quoted_modules_need_not_be_utf_8() -> None:
    body = command(r'(module quote "\ff")').body
    assert isinstance(body, ModuleSource)
    assert body.text.encode(errors="surrogateescape") == b"\xff"


def test_definitions_and_instances() -> None:
    text = "(module definition $d (func))"
    assert command(text).body == ModuleSource("$d", "text", text=text, definition=True)
    binary = command('(module definition binary "x")').body
    assert binary == ModuleSource(None, "binary", binary=b"x", definition=True)
    assert command("(module instance $i $d)").body == InstanceOf("$i", "$d")
    assert command("(module instance)").body == InstanceOf(None, None)


def test_module_fields_alone_are_one_module() -> None:
    module, assertion = read_script('(func (export "f"))\n(memory 0)\n(assert_return (invoke "f"))')
    assert module.line == 1
    assert isinstance(module.body, ModuleSource)
    assert module.body.text == '(module (func (export "f"))\n(memory 0))'
    assert assertion.line == 3


def test_register() -> None:
    assert command('(register "a")').body == Register("a", None)
    assert command('(register "a" $m)').body == Register("a", "$m")


def test_actions() -> None:
    assert command('(invoke "f" (i32.const 1))').body == Invoke(None, "f", (Value("i32", 1),))
    assert command(r'(invoke $m "\u{e9}")').body == Invoke("$m", "é", ())
    assert command('(get $m "g")').body == Get("$m", "g")


def test_assertions() -> None:
    returns = command('(assert_return (invoke "f") (i32.const 1) (i64.const 2))')
    assert returns.word == "assert_return"
    assert isinstance(returns.body, Assertion)
    assert returns.body.results == (Exact("i32", 1), Exact("i64", 2))
    trap = command('(assert_trap (module (start 0)) "unreachable")').body
    assert isinstance(trap, Assertion)
    assert trap.message == "unreachable"
    nan = command('(assert_return_canonical_nan (invoke "f"))').body
    assert isinstance(nan, Assertion)
    assert nan.results == (NanClass(None, canonical=True),)


@pytest.mark.parametrize(
    ("text", "category", "word"),
    [
        ('(assert_return (get "g") (i32.const 1))', Category.EXEC, "assert_return"),
        ('(assert_return_arithmetic_nan (invoke "f"))', Category.EXEC, None),
        ('(assert_trap (module (start 0)) "x")', Category.EXEC, None),
        ('(assert_exhaustion (invoke "f") "x")', Category.EXEC, None),
        ('(assert_exception (invoke "f"))', Category.EXEC, "assert_exception"),
        ('(assert_unlinkable (module) "x")', Category.EXEC, None),
        ('(assert_invalid (module) "x")', Category.VALIDATION, None),
        ('(assert_invalid (module quote "") "x")', Category.VALIDATION, None),
        ('(assert_malformed (module binary "") "x")', Category.VALIDATION, None),
        ('(assert_malformed (module quote "") "x")', Category.TEXT, None),
        ('(assert_malformed_custom (module quote "") "x")', Category.TEXT, None),
        ('(assert_invalid_custom (module quote "") "x")', Category.VALIDATION, None),
        ("(module)", Category.SETUP, "module"),
        ("(module instance)", Category.SETUP, "module"),
        ('(register "a")', Category.SETUP, "register"),
        ('(invoke "f")', Category.SETUP, "invoke"),
    ],
)
def test_categories(text: str, category: Category, word: str | None) -> None:
    assert command(text).category is category
    assert word is None or command(text).word == word
    assert count(text) == dict.fromkeys(Category, 0) | {category: 1}


@pytest.mark.parametrize(
    "text",
    [
        "()",
        '("x")',
        "(assert_return)",
        "(assert_return word)",
        "(assert_return (call f))",
        "(invoke f)",
        "(invoke)",
        '(invoke "f" 1)',
        '(invoke "f" (i32.const))',
        '(get "g" (i32.const 1))',
        '(assert_return (invoke "f") (i32.const x))',
        '(module binary "\\q")',
    ],
)
def test_what_the_grammar_does_not_know_is_refused(text: str) -> None:
    with pytest.raises(ScriptError, match="line 2:"):
        list(read_script(f"\n{text}"))
