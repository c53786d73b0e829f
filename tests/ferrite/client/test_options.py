from __future__ import annotations

import pytest

from ferrite.client.options import parse_options
from ferrite.client.printing import Style
from ferrite.errors import StartError


@pytest.mark.parametrize(
    "arguments",
    [["-p", "65536"], ["-p", "x"], ["-n", "-1"], ["-n"], ["-r", "x"], ["-i", "-1"], ["-i", "nan"]],
)
def test_bad_numbers_are_refused(arguments: list[str]) -> None:
    with pytest.raises(StartError, match=r"number|Unrecognized"):
        parse_options([*arguments, "PING"])


def test_options_end_where_the_command_begins() -> None:
    options = parse_options(["-p", "7", "SET", "-n", "--json"])
    assert options.port == 7
    assert options.command == [b"SET", b"-n", b"--json"]


def test_what_belongs_together() -> None:
    options = parse_options(["--json", "--user", "bob", "--pass", "secret", "-s", "/a/b"])
    assert (options.style, options.protocol) == (Style.JSON, 3)
    assert (options.user, options.password, options.warn_of_password) == ("bob", "secret", True)
    assert options.address == "/a/b"
    assert not parse_options(["-a", "x", "--no-auth-warning"]).warn_of_password
