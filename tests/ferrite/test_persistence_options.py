from __future__ import annotations

import pytest

from ferrite.config import Config
from ferrite.persistence_options import PersistenceOptions


def test_defaults_are_those_of_redis() -> None:
    options = PersistenceOptions()
    assert (options.appendonly, options.appendfsync) == (False, "everysec")
    assert (options.auto_aof_rewrite_percentage, options.auto_aof_rewrite_min_size) == (
        100,
        1 << 26,
    )
    assert options.aof_load_truncated
    assert options.stop_writes_on_bgsave_error


@pytest.mark.parametrize("name", ["appendfilename", "appenddirname", "dbfilename"])
def test_names_are_no_paths(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} can't be a path, just a filename"):
        Config().directives[name].parse("a/b")
