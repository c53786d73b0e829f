"""Recordings of one server: which plugins are recorded, into which files, and their replay.

Rule: a plugin that is recorded stays so over RELOAD, in a new file for each version; what is
recorded does not outlive the server. A replay runs in a process of its own, so that it holds nobody
up and can be ended.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import zlib
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from ferrite.plugin_options import PluginOptions
from ferrite.plugins.limits import LIMITS
from ferrite.plugins.plugin import LOG_WARNING, Plugin, Version
from ferrite.plugins.program import LoadError
from ferrite.plugins.recording import guest as recorded
from ferrite.plugins.recording.file import SUFFIX, RecordingWriter
from ferrite.plugins.recording.frames import Header, RecordError
from ferrite.plugins.recording.recorder import Recorder
from ferrite.state import FERRITE_VERSION
from wasm_vm import COST_MODEL

FOLDER = ".recordings"


class Recordings:
    """The recordings of one server."""

    def __init__(
        self, options: PluginOptions, value_bytes_max: Callable[[], int], now: Callable[[], int]
    ) -> None:
        self._options = options
        self._value_bytes_max = value_bytes_max
        self._now = now
        self._recorders: dict[str, Recorder] = {}
        """By plugin, the last one of each."""
        self._replays: set[subprocess.Popen[bytes]] = set()

    def folder(self) -> Path:
        """Where recordings are. Raises LoadError where they have no place."""
        if self._options.record_dir:
            return Path(self._options.record_dir)
        if not Path(self._options.plugin_dir).is_dir():
            raise LoadError("there is no folder for recordings: set [plugins] record_dir")
        return Path(self._options.plugin_dir, FOLDER)

    def last(self, plugin: Plugin) -> Recorder | None:
        """The recorder of a plugin, be it stopped; None where there was none."""
        return self._recorders.get(plugin.name)

    def switch_on(self, plugin: Plugin) -> None:
        """Record a plugin's calls from the next one on. Raises LoadError."""
        recorder = self.last(plugin)
        if recorder is not None and not recorder.stopped:
            return
        if plugin.guest.busy:
            raise LoadError("a call is under way; try again when it has ended")
        self._recorders[plugin.name] = self._begin(plugin, plugin.version)

    def switch_off(self, plugin: Plugin, reason: str = "switched off") -> None:
        """Record a plugin no more."""
        recorder = self.last(plugin)
        if recorder is not None and not recorder.stopped:
            recorder.close(reason)
            recorded.end(plugin.guest)

    def follow(self, plugin: Plugin, old: Version) -> None:
        """Another version serves: record that one, where the old one was recorded."""
        recorder = self.last(plugin)
        if recorder is None or recorder.stopped:
            return
        recorder.close("another version serves")
        recorded.end(old.guest)
        try:
            self._recorders[plugin.name] = self._begin(plugin, plugin.version)
        except LoadError as error:
            plugin.log.write(LOG_WARNING, f"it is not recorded any more: {error}")

    def forget(self, plugin: Plugin) -> None:
        """The plugin goes."""
        self.switch_off(plugin, "the plugin was unloaded")
        self._recorders.pop(plugin.name, None)

    def close(self) -> None:
        """End the replays that are under way."""
        for replay in self._replays:
            replay.kill()

    def _begin(self, plugin: Plugin, version: Version) -> Recorder:
        program = version.program
        header = Header(
            ferrite=FERRITE_VERSION,
            cost_model=COST_MODEL,
            plugin=plugin.name,
            version=program.manifest.package.version,
            sha256=program.sha256,
            module=zlib.compress(version.files.binary),
            module_bytes=len(version.files.binary),
            start=program.start_export,
            value_bytes_max=self._value_bytes_max(),
            time_ms=self._now(),
        )
        folder = self.folder()
        try:
            path = next(
                path
                for number in count(1)
                if not (path := folder / f"{plugin.name}-{number}{SUFFIX}").exists()
            )
            writer = RecordingWriter(path, LIMITS.recording_bytes_max)
            recorder = Recorder(writer, header, version.guest.context)
        except RecordError as error:
            raise LoadError(f"RECORD: {error}") from error
        recorded.begin(version.guest, recorder)
        return recorder

    async def replay(self, name: str) -> dict[str, Any]:
        """Run a recording again and tell what came of it. Raises LoadError."""
        if Path(name).name != name or name.startswith("."):
            raise LoadError("a recording is named by its file in record_dir")
        path = self.folder() / name
        if not path.is_file():
            raise LoadError(f"{path}: no such file")
        return await asyncio.to_thread(self._replay, path)

    def _replay(self, path: Path) -> dict[str, Any]:
        """For a thread: wait for the process that does it."""
        roots = [str(Path(__file__).parents[3]), os.environ.get("PYTHONPATH", "")]
        process = subprocess.Popen(
            [sys.executable, "-m", "ferrite", "plugin", "replay", str(path), "--json"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, roots))},
        )
        self._replays.add(process)
        try:
            output, errors = process.communicate(timeout=LIMITS.replay_seconds_max)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise LoadError(f"it takes more than {LIMITS.replay_seconds_max} seconds") from None
        finally:
            self._replays.discard(process)
        try:
            found: dict[str, Any] = json.loads(output)
        except ValueError:
            text = errors.decode("utf-8", "replace").strip().rpartition("\n")[2]
            raise LoadError(text or f"the replay ended with {process.returncode}") from None
        return found
