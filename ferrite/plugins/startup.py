"""What is loaded when the server starts: plugin_dir, the store, --plugin.

Rule: plugins of plugin_dir come first, each after those it needs, then what clients had loaded, in
their order, then --plugin. One of the first two kinds that does not load is listed as failed and
stops nobody; one that was named on the command line stops the start.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from ferrite.config import Config
from ferrite.errors import StartError
from ferrite.plugin_options import PluginOptions
from ferrite.plugins.dependencies import in_order
from ferrite.plugins.manager import PluginManager
from ferrite.plugins.manifest import FILE_NAME, DependencyTable, parse_manifest
from ferrite.plugins.program import LoadError
from ferrite.plugins.sources import PluginSource

LOG = logging.getLogger(__name__)


async def load_all(manager: PluginManager, config: Config) -> None:
    """Load everything that is to be there from the start. Raises StartError."""
    try:
        kept = manager.keeper.recall()
    except LoadError as error:
        raise StartError(f"[plugins] store_dir: {error}; move the file away to start") from error
    folder = Path(config.plugins.plugin_dir)
    if config.plugins.auto_load:
        if folder.is_dir():
            await _load_folder(manager, folder)
        else:
            expected = config.plugins.plugin_dir != PluginOptions().plugin_dir
            level = logging.WARNING if expected else logging.INFO
            LOG.log(level, "[plugins] plugin_dir = '%s': there is no such folder", folder)
    for each in kept:
        try:
            await manager.restore(each)
        except LoadError as error:
            _failed(manager, each.name, error)
    for file in config.plugin_files:
        try:
            await manager.load_file(file)
        except LoadError as error:
            raise StartError(f"--plugin {file}: {error}") from error


async def _load_folder(manager: PluginManager, folder: Path) -> None:
    modules, wanted = {}, {}
    for manifest in sorted(folder.glob(f"*/{FILE_NAME}")):
        name = manifest.parent.name
        try:
            modules[name] = _module_in(manifest.parent)
        except LoadError as error:
            _failed(manager, name, error)
        else:
            wanted[name] = _needs(manifest)
    for name in in_order(wanted):
        try:
            await manager.load(name, PluginSource.file(modules[name]))
        except LoadError as error:
            _failed(manager, name, error)


def _module_in(folder: Path) -> Path:
    """The module of a plugin's folder: FOLDER/FOLDER.wasm, else the only one. Raises LoadError."""
    path = folder / f"{folder.name}.wasm"
    found = [path] if path.is_file() else sorted(folder.glob("*.wasm"))
    if len(found) != 1:
        what = "has no .wasm file" if not found else f"has several .wasm files, but no {path.name}"
        raise LoadError(f"{folder}: {what}")
    return found[0].absolute()


def _needs(manifest: Path) -> tuple[str, Sequence[DependencyTable]]:
    """Package name and dependencies; loading will say what is wrong with a bad manifest."""
    try:
        parsed = parse_manifest(manifest.read_text("utf-8"), str(manifest))
    except (OSError, ValueError):
        return manifest.parent.name, ()
    return parsed.package.name, parsed.dependencies


def _failed(manager: PluginManager, name: str, error: LoadError) -> None:
    LOG.error("plugin '%s': %s", name, error)
    manager.failures[name] = str(error)
