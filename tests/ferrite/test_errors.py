from __future__ import annotations

import pytest

from ferrite.errors import CommandError


@pytest.mark.parametrize(
    ("request_items", "text"),
    [
        ([b"foo"], "ERR unknown command 'foo', with args beginning with: "),
        (
            [b"foo", b"a", b"b c"],
            "ERR unknown command 'foo', with args beginning with: 'a' 'b c' ",
        ),
        ([b"fo\0o", b"a\0b"], "ERR unknown command 'fo', with args beginning with: 'a' "),
        (
            [b"x" * 200, b"y" * 200, b"z"],
            f"ERR unknown command '{'x' * 128}', with args beginning with: '{'y' * 128}' ",
        ),
        ([b"\xff", b"\xfe"], "ERR unknown command '\udcff', with args beginning with: '\udcfe' "),
    ],
)
def test_unknown_command_quotes_the_beginning(request_items: list[bytes], text: str) -> None:
    assert CommandError.unknown_command(request_items).text == text


def test_the_common_errors_carry_their_code() -> None:
    errors = [
        CommandError.syntax(),
        CommandError.wrong_type(),
        CommandError.not_an_integer(),
        CommandError.not_a_float(),
        CommandError.overflow(),
        CommandError.no_such_key(),
        CommandError.invalid_expire("set"),
        CommandError.wrong_arguments("get"),
        CommandError.unknown_subcommand("config", b"x"),
        CommandError.authentication_required(),
        CommandError.wrong_password(),
        CommandError.no_permission("get"),
        CommandError.busy(),
        CommandError.internal(),
    ]
    codes = {"ERR", "WRONGTYPE", "NOAUTH", "WRONGPASS", "NOPERM", "BUSY"}
    assert {error.text.split(" ")[0] for error in errors} == codes
    assert str(errors[0]) == errors[0].text
