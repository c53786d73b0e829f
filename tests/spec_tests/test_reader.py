from __future__ import annotations

import pytest
from reader import ModuleForm, ScriptError, is_string, read_forms, unescape


def forms(text: str) -> list[object]:
    return [form.form for form in read_forms(text)]


def test_forms_nest_and_strings_keep_their_quotes() -> None:
    assert forms('(a (b "c d" $e) -1)') == [["a", ["b", '"c d"', "$e"], "-1"]]


def test_words_need_no_space_around_brackets() -> None:
    assert forms('(a(b)"c"(d))(e)') == [["a", ["b"], '"c"', ["d"]], ["e"]]


@pytest.mark.parametrize(
    "text",
    [
        "(a b);; comment",
        "(a;; (\n b)",
        "(a(;b;)b)",
        "(;(;;);)(a (; nested (; ) ;) ( ;) b)",
        '(a (; " ;) b) (; " ;)',
        ";;(;\n(a b)",
    ],
)
def test_comments_are_left_out(text: str) -> None:
    assert forms(text) == [["a", "b"]]


def test_a_comment_in_a_string_is_text() -> None:
    assert forms('(a "(;" ";;" "\\"(")') == [["a", '"(;"', '";;"', '"\\"("']]


def test_annotations_are_left_out() -> None:
    assert forms('(a (@x (b) ")" (@y)) c) (@z) (d)') == [["a", "c"], ["d"]]


def test_modules_keep_their_text_wherever_they_are() -> None:
    text = '(module $m ;; x\n (func)) (assert_invalid (module (;;) (memory 1)) "y")'
    first, second = forms(text)
    assert isinstance(first, ModuleForm)
    assert first.source == "(module $m ;; x\n (func))"
    assert isinstance(second, list)
    assert isinstance(second[1], ModuleForm)
    assert second[1].source == "(module (;;) (memory 1))"


def test_lines_and_places() -> None:
    text = '(a)\n\n(; \n ;) (b\n"x\ny")\n(c)'
    read = list(read_forms(text))
    assert [form.line for form in read] == [1, 4, 7]
    assert text[read[1].start : read[1].end] == '(b\n"x\ny")'


def test_deep_nesting_needs_no_recursion() -> None:
    depth = 100_000
    assert len(forms("(" * depth + ")" * depth)) == 1


@pytest.mark.parametrize(
    ("text", "line"), [("(a)\n(b", 2), ("(a)\n)", 2), ("\n(; (a)", 2), ("\n\nword", 3)]
)
def test_what_is_no_form_is_refused_with_its_line(text: str, line: int) -> None:
    with pytest.raises(ScriptError, match=f"line {line}:") as caught:
        forms(text)
    assert caught.value.line == line


def test_unescape() -> None:
    assert unescape(r'"a\00\ff\t\n\r\"\'\\ \u{20ac}\u{1_0}"') == (
        b"a\x00\xff\t\n\r\"'\\ " + "€\x10".encode()
    )
    assert unescape('"ü"') == "ü".encode()
    with pytest.raises(ValueError, match="escape"):
        unescape(r'"\q"')


def test_is_string() -> None:
    assert is_string('"x"')
    assert not is_string("x")
    assert not is_string(['"x"'])
