from __future__ import annotations

import pytest

from ferrite.commands.information import NOT_BY_DEFAULT, SECTIONS, _human, information
from tests.support.in_process import InProcess


def fields(text: bytes) -> dict[str, str]:
    lines = [line for line in text.decode().split("\r\n") if line and not line.startswith("#")]
    return dict(line.split(":", 1) for line in lines)


def test_what_redis_cli_stat_reads() -> None:
    client = InProcess()
    client.reply("SET", "a", "1", "EX", "100")
    client.reply("SET", "b", "1")
    before = client.state.usages.calls
    found = fields(information(client.state))
    assert int(found["used_memory_rss"]) > 1_000_000 > int(found["used_memory"]) > 0
    assert found["connected_clients"] == "1"
    assert found["blocked_clients"] == "0"
    assert before == 2
    assert found["total_commands_processed"] == "2"
    assert found["total_connections_received"] == "1"
    for name in ("rdb_bgsave_in_progress", "aof_rewrite_in_progress", "loading"):
        assert found[name] == "0"
    assert found["db0"] == "keys=2,expires=1,avg_ttl=0"
    assert "db1" not in found


def test_sections() -> None:
    state = InProcess().state
    whole = information(state)
    titles = [line for line in whole.decode().split("\r\n") if line.startswith("#")]
    assert len(titles) == len(SECTIONS) - len(NOT_BY_DEFAULT)
    assert titles[0] == "# Server"
    assert "# CPU" in titles
    assert information(state, ["nosuch"]) == b""
    assert information(state, ["KEYSPACE", "nosuch"]) == b"# Keyspace\r\n"
    two = information(state, ["cluster", "replication"])
    assert two.startswith(b"# Replication\r\nrole:master\r\n")
    assert b"\r\n\r\n# Cluster\r\n" in two
    assert information(state, ["default"]).count(b"# ") == len(titles)
    for name in ("all", "everything"):
        assert information(state, [name]).count(b"# ") == len(SECTIONS)


def test_counters_and_their_reset() -> None:
    client = InProcess()
    client.reply("GET", "a")
    client.state.stats.count_error("ERR syntax error")
    client.state.stats.count_error("WRONGTYPE x")
    found = fields(information(client.state))
    assert found["keyspace_misses"] == "1"
    assert found["total_error_replies"] == "2"
    assert found["errorstat_ERR"] == "count=1"
    client.reply("CONFIG", "RESETSTAT")
    found = fields(information(client.state))
    assert found["keyspace_misses"] == found["total_error_replies"] == "0"
    assert "errorstat_ERR" not in found


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0B"), (1023, "1023B"), (1024, "1.00K"), (1_222_576, "1.17M"), (2**34, "16.00G")],
)
def test_sizes_for_people(size: int, text: str) -> None:
    assert _human(size) == text


def test_refusals_by_their_reasons() -> None:
    client = InProcess()
    client.reply("ACL", "SETUSER", "bob", "on", ">x", "~mine", "+get", "+info")
    client.reply("AUTH", "bob", "wrong")
    client.reply("AUTH", "bob", "x")
    client.reply("GET", "other")
    client.reply("SET", "mine", "1")
    client.reply("SET", "mine", "1")
    found = fields(information(client.state, ["stats"]))
    names = ("auth", "cmd", "key", "channel")
    assert [found[f"acl_access_denied_{name}"] for name in names] == ["1", "2", "1", "0"]
