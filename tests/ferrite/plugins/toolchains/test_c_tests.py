"""Unit tests in C: what passes, what fails, what traps, and the stand-in for the server."""

from __future__ import annotations

from pathlib import Path

import pytest

from ferrite.plugins.toolchains.c_tests import run_tests

PLUGIN = """
#include "ferrite.h"
FERRITE_COMMAND(sum)
{
    long long a = 0, b = 0;
    if (ferrite_arg_count() != 2)
        return 7;
    if (ferrite_arg_i64(0, &a) < 0 || ferrite_arg_i64(1, &b) < 0)
        return ferrite_reply_error(FERRITE_TEXT("no number"));
    return ferrite_reply_int(a + b);
}
FERRITE_COMMAND(half)
{
    double number = 0;
    if (ferrite_arg_f64(0, &number) < 0)
        return ferrite_reply_error(FERRITE_TEXT("WRONGTYPE no number"));
    return ferrite_reply_double(number / 2);
}
FERRITE_COMMAND(several)
{
    ferrite_reply_array(4);
    ferrite_reply_bool(1);
    ferrite_reply_null();
    ferrite_reply_simple(FERRITE_TEXT("PONG"));
    return ferrite_reply_ok();
}
FERRITE_COMMAND(far) { return ferrite_tcp_connect("a", 1, 1) == FERRITE_ERR_UNAVAILABLE ? 0 : 1; }
"""
TESTS = r"""
#include "ferrite_test.h"
#include "../plugin.c"

FERRITE_TEST(passes)
{
    long long number = 5;
    char text[4];
    EXPECT(sum, "40 2", "(integer) 42");
    EXPECT(sum, " -1  1 ", "(integer) 0");
    EXPECT(sum, "a b", "(error) ERR no number");
    EXPECT(sum, "", "(error) ERR plugin returned 7");
    EXPECT(half, "5", "(double) 2.5");
    EXPECT(half, "-0.25", "(double) -0.125");
    EXPECT(half, "1.2.3", "(error) WRONGTYPE no number");
    EXPECT(half, "1.9999999", "(double) 1");
    EXPECT(several, "", "array 4 (true) (nil) PONG OK");
    EXPECT(far, "", "");
    CHECK(ferrite_get("k", 1, text, 4) == FERRITE_ERR_ABSENT);
    CHECK(ferrite_set("k", 1, "12345", 5) == 0 && ferrite_get("k", 1, text, 4) == 5);
    CHECK(text[0] == '1' && text[3] == '4');
    CHECK(ferrite_hget("k", 1, "f", 1, text, 4) == FERRITE_ERR_TYPE);
    CHECK(ferrite_incr_by("k", 1, 2, &number) == 0 && number == 12347);
    CHECK(ferrite_append("k", 1, "8", 1, &number) == 0 && number == 6);
    CHECK(ferrite_type_of("k", 1, text, 4) == 6 && ferrite_exists("k", 1) == 1);
    CHECK(ferrite_ttl("k", 1, &number) == 0 && number == -1);
    CHECK(ferrite_expire("k", 1, 1000) == 0 && ferrite_ttl("k", 1, &number) == 0 && number == 1000);
    CHECK(ferrite_delete("k", 1) == 1 && ferrite_delete("k", 1) == 0);
    CHECK(ferrite_hset("h", 1, "f", 1, "v", 1) == 1 && ferrite_hset("h", 1, "f", 1, "w", 1) == 0);
    CHECK(ferrite_hget("h", 1, "f", 1, text, 4) == 1 && text[0] == 'w');
    CHECK(ferrite_hget("h", 1, "g", 1, text, 4) == FERRITE_ERR_ABSENT);
    CHECK(ferrite_get("h", 1, text, 4) == FERRITE_ERR_TYPE);
    CHECK(ferrite_hdel("h", 1, "f", 1) == 1 && ferrite_exists("h", 1) == 0);
    ferrite_set("left", 4, "1", 1);
}
FERRITE_TEST(begins_without_keys) { CHECK(!ferrite_exists("left", 4)); }
"""
FAILING = r"""
#include "ferrite_test.h"
#include "../plugin.c"
FERRITE_TEST(wrong)
{
    EXPECT(sum, "1 2", "(integer) 4");
    CHECK(1 == 2);
}
FERRITE_TEST(traps) { int zero = 0; CHECK(1 / zero == 0); }
FERRITE_TEST(loops) { for (;;) ferrite_exists("k", 1); }
FERRITE_TEST(passes) { EXPECT(sum, "1 2", "(integer) 3"); }
"""


def project(folder: Path, tests: str) -> Path:
    (folder / "tests").mkdir()
    (folder / "plugin.c").write_text(PLUGIN)
    (folder / "tests" / "test_plugin.c").write_text(tests)
    return folder


def test_what_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_tests(project(tmp_path, TESTS)) == 0, capsys.readouterr().out
    assert capsys.readouterr().out == (
        "test_plugin.c: passes: ok\ntest_plugin.c: begins_without_keys: ok\n2 tests, 0 failed\n"
    )


def test_what_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_tests(project(tmp_path, FAILING)) == 3
    lines = capsys.readouterr().out.splitlines()
    place = tmp_path / "tests" / "test_plugin.c"
    assert lines[:3] == [
        "test_plugin.c: wrong: failed",
        f"  {place}:6: sum 1 2: gives (integer) 3, expected (integer) 4",
        f"  {place}:7: 1 == 2 is not so",
    ]
    assert lines[4] == "  test_traps: integer divide by zero"
    assert lines[6].startswith("  test_loops: out of fuel: 100000000 units used")
    assert lines[7:] == ["test_plugin.c: passes: ok", "4 tests, 3 failed"]


def test_what_does_not_compile(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_tests(project(tmp_path, "FERRITE_TEST(a) {")) == 1
    assert "test_plugin.c:1:" in capsys.readouterr().out
