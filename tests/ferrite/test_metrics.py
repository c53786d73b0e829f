from __future__ import annotations

import asyncio
import urllib.request

import pytest

from ferrite.errors import StartError
from ferrite.hooks import PluginUsage
from ferrite.metrics import Endpoint, figures
from ferrite.protocol.replies import Reply
from tests.support.in_process import InProcess
from tests.support.waiting import in_loop


def values(client: InProcess) -> dict[tuple[str, tuple[str, ...]], float]:
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for metric in figures(client.state)
        for sample in metric.samples
    }


def test_what_the_figures_tell() -> None:
    client = InProcess()
    client.reply("SET", "a", "1", "EX", 100)
    client.reply("GET", "a")
    client.reply("GET", "nosuch")
    client.reply("LPUSH", "a", "1")
    client.reply("GET")
    found = values(client)
    assert found["ferrite_connected_clients", ()] == 1
    assert found["ferrite_keys", ("0",)] == 1
    assert found["ferrite_volatile_keys", ("0",)] == 1
    assert found["ferrite_keyspace_hits_total", ()] == 1
    assert found["ferrite_keyspace_misses_total", ()] == 1
    assert found["ferrite_error_replies_total", ("WRONGTYPE",)] == 1
    assert found["ferrite_commands_failed_total", ("lpush",)] == 1
    assert found["ferrite_commands_rejected_total", ("get",)] == 1
    assert found["ferrite_command_duration_seconds_count", ("get",)] == 2
    assert found["ferrite_command_duration_seconds_sum", ("get",)] > 0
    assert found["ferrite_memory_used_bytes", ()] > 0


def test_what_plugins_have_used() -> None:
    client = InProcess()
    assert not [name for name, _ in values(client) if "plugin" in name]

    class Two:
        def information(self) -> dict[str, object]:
            return {}

        def usages(self) -> dict[str, PluginUsage]:
            return {"a": PluginUsage(3, 1, 5000, 65536), "b": PluginUsage(0, 0, 0, 0)}

        def modules(self) -> list[Reply]:
            return []

    client.state.extensions = Two()
    found = values(client)
    assert found["ferrite_plugin_executions_total", ("a",)] == 3
    assert found["ferrite_plugin_errors_total", ("a",)] == 1
    assert found["ferrite_plugin_fuel_units_total", ("a",)] == 5000
    assert found["ferrite_plugin_memory_bytes", ("a",)] == 65536
    assert found["ferrite_plugin_fuel_units_total", ("b",)] == 0


def test_a_histogram_counts_what_took_no_longer() -> None:
    client = InProcess()
    usage = client.state.usages[client.state.registry.find([b"GET"])]
    for nanoseconds in (500, 1500, 3000, 5 * 10**9):
        usage.note(1, nanoseconds)
    found = values(client)

    def bucket(seconds: str) -> float:
        return found["ferrite_command_duration_seconds_bucket", ("get", seconds)]

    assert bucket("1.024e-06") == 1
    assert bucket("2.048e-06") == 2
    assert bucket("4.096e-06") == 3
    assert bucket("2.14748365") == 3
    assert bucket("+Inf") == 4


def test_served_over_http_until_it_is_closed() -> None:
    async def main() -> tuple[str, StartError]:
        client = InProcess()
        client.reply("SET", "a", "1")
        endpoint = Endpoint(client.state, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{endpoint.port}/metrics"
        with pytest.raises(StartError) as taken:
            Endpoint(client.state, "127.0.0.1", endpoint.port)
        text = await asyncio.to_thread(lambda: urllib.request.urlopen(url).read().decode())
        await asyncio.to_thread(endpoint.close)
        with pytest.raises(OSError, match="refused"):
            await asyncio.to_thread(urllib.request.urlopen, url)
        return text, taken.value

    text, taken = in_loop(main())
    assert 'ferrite_keys{database="0"} 1.0' in text
    assert "process_resident_memory_bytes" in text
    assert "cannot serve metrics on 127.0.0.1:" in taken.text
