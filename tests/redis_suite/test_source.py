from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.redis_suite.source import SourceError, fetch, lay_out
from tests.support.require import require


def test_another_archive_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "redis.tar.gz"
    archive.write_bytes(b"something else")
    with pytest.raises(SourceError, match="as pinned"):
        fetch(archive, tmp_path / "cache")
    with pytest.raises(SourceError, match="none"):
        fetch(tmp_path / "none", tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def test_a_folder_for_a_run(tmp_path: Path) -> None:
    require("redis")
    source = tmp_path / "source"
    (source / "tests" / "unit").mkdir(parents=True)
    (source / "tests" / "tmp").mkdir()
    (source / "tests" / "test_helper.tcl").touch()
    for server in ("redis", "ferrite"):
        folder = tmp_path / server
        lay_out(source, folder, server)
        assert (folder / "tests" / "test_helper.tcl").exists()
        assert not (folder / "tests" / "tmp").is_symlink()
        assert os.access(folder / "src" / "redis-server", os.X_OK)
        assert (folder / "src" / "redis-cli").exists()
    assert "-m ferrite --redis-conf" in (tmp_path / "ferrite/src/redis-server").read_text()
