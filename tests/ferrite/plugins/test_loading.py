"""A version beside the one that serves: read, granted, started."""

from __future__ import annotations

import pytest

from ferrite.permissions import Right, grant_from_words
from ferrite.plugins.loading import SERVER_SESSION, Progress, server_call
from ferrite.plugins.program import LoadError
from tests.support.plugin_bench import plugin_bench
from tests.support.plugin_guests import guest


def test_the_servers_own_call_may_do_everything() -> None:
    with plugin_bench() as bench:
        call = server_call(bench.state)
        assert call.session.id == SERVER_SESSION
        assert call.session.account.unrestricted


def test_progress_that_was_killed_goes_no_further() -> None:
    progress = Progress()
    progress.check()
    progress.killed = True
    with pytest.raises(LoadError, match=r"killed by PLUGIN\.KILL while loading"):
        progress.check()


def test_rights_of_a_version() -> None:
    with plugin_bench(guest("(i32.const 0)", permissions=("storage.read a*",))) as bench:
        loader = bench.manager._loader
        program = bench.manager.get("t").program
        assert loader.rights("t", program, None).effective.reaches(Right.STORAGE_READ, b"a")
        granted = grant_from_words(["storage.read=*b"])
        rights = loader.rights("t", program, granted).effective
        assert not rights.reaches(Right.STORAGE_READ, b"a")
        assert rights.reaches(Right.STORAGE_READ, b"ab")
