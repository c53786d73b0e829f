"""What the store is told of the plugins, and what it remembers of those that are not loaded.

Rule: the state file follows every change at once. A plugin that nobody has loaded by command (one
of plugin_dir, of --plugin) is not loaded from the store, but its limits and its DISABLE are kept.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from ferrite.permissions import words_of_grant
from ferrite.plugins.bounds import Overrides
from ferrite.plugins.plugin import Plugin, PluginState, Version
from ferrite.plugins.program import LoadError
from ferrite.plugins.store import Kept, KeptVersion, PluginStore

LOG = logging.getLogger(__name__)


class Keeper:
    """Keeps the plugins of one server."""

    def __init__(self, store: PluginStore, plugins: Callable[[], Iterable[Plugin]]) -> None:
        self.store = store
        self._plugins = plugins
        self._absent: dict[str, Kept] = {}

    def recall(self) -> list[Kept]:
        """What is kept, in the order it was loaded. Raises LoadError."""
        kept = self.store.load()
        self._absent = {each.name: each for each in kept}
        return [each for each in kept if each.load]

    def restore(self, plugin: Plugin) -> None:
        """Give a plugin that is loaded again what is kept of it."""
        kept = self._absent.get(plugin.name)
        if kept is not None:
            try:
                plugin.overrides = Overrides.from_data(dict(kept.overrides))
            except ValueError as error:
                LOG.warning("plugin '%s': its kept limits are dropped: %s", plugin.name, error)

    def was_disabled(self, name: str) -> bool:
        """Whether a plugin that is not loaded was disabled when it last was."""
        kept = self._absent.get(name)
        return kept is not None and not kept.enabled

    def forget(self, name: str) -> None:
        """Keep nothing of a plugin that is not loaded any more."""
        self._absent.pop(name, None)

    def keep(self, plugin: Plugin) -> None:
        """Keep a plugin as it is now; what cannot be written is logged."""
        if self.store.folder is None:
            if plugin.kept:
                LOG.warning(
                    "%s is not kept for the next start: [plugins] store_dir is empty and"
                    " there is no plugin_dir",
                    plugin.title,
                )
            return
        self._absent.pop(plugin.name, None)
        try:
            if plugin.kept:
                for version in (plugin.version, plugin.previous):
                    self._keep_bytes(version)
            self.save()
        except OSError as error:
            LOG.error("%s is not kept for the next start: %s", plugin.title, error)

    def save(self) -> None:
        """Write the state file. Raises OSError."""
        loaded = [_kept(plugin) for plugin in self._plugins() if _is_worth_keeping(plugin)]
        self.store.save([*self._absent.values(), *loaded])

    def _keep_bytes(self, version: Version | None) -> None:
        if version is not None and version.files.binary:
            self.store.keep(version.program.sha256, version.files.binary)

    def binary_of(self, version: Version) -> bytes:
        """A version's bytes. Raises LoadError where they are neither here nor in the store."""
        if version.files.binary:
            return version.files.binary
        if self.store.folder is None:
            raise LoadError("its bytes are gone")
        return self.store.binary(version.program.sha256)


def _is_worth_keeping(plugin: Plugin) -> bool:
    disabled = plugin.state is PluginState.DISABLED
    return plugin.kept or disabled or bool(plugin.overrides.as_data())


def _kept(plugin: Plugin) -> Kept:
    return Kept(
        name=plugin.name,
        load=plugin.kept,
        enabled=plugin.state is not PluginState.DISABLED,
        pin=plugin.pin,
        grant=None if plugin.granted is None else tuple(words_of_grant(plugin.granted)),
        overrides=plugin.overrides.as_data(),
        version=_kept_version(plugin.version),
        previous=None if plugin.previous is None else _kept_version(plugin.previous),
    )


def _kept_version(version: Version) -> KeptVersion:
    sha256, files = version.program.sha256, version.files
    return KeptVersion.of(sha256, files, version.source, version.manifest_path)
