"""Waiting outside of a guest; tests/plugins/test_network.py has it at work."""

from __future__ import annotations

import asyncio

import pytest

from ferrite.plugins.host_api.context import GuestError
from ferrite.plugins.outside import Outside
from ferrite.plugins.scheduler import Scheduler
from tests.support.plugin_bench import plugin_bench


def test_only_a_guest_can_wait() -> None:
    with plugin_bench() as bench:

        async def run() -> None:
            scheduler = Scheduler(lambda: 5, asyncio.get_running_loop().call_soon)
            outside = Outside(bench.state, scheduler)
            with pytest.raises(GuestError, match="out of reach here"):
                outside.run(lambda _: None)
            with pytest.raises(RuntimeError, match="only a guest can wait"):
                scheduler.wait(lambda: None)
            outside.close()

        bench.loop.run_until_complete(run())
