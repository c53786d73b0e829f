"""What INFO and HELLO say of plugins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ferrite.hooks import PluginUsage
from ferrite.plugins.manager import PluginManager
from ferrite.plugins.manifest import parse_version
from ferrite.plugins.plugin import PluginState
from ferrite.protocol.replies import Reply


@dataclass(frozen=True, slots=True)
class Information:
    """The plugins of one server, told (ferrite.state.Extensions)."""

    manager: PluginManager

    def information(self) -> Mapping[str, object]:
        """The fields of INFO plugins: totals, in which functions count as well, failures by kind,
        and a line for each plugin and function. The totals are those since the start: a plugin
        that was unloaded is still in them."""
        loaded = list(self.manager)
        functions = [plugin for plugin in loaded if plugin.is_function]
        plugins = [plugin for plugin in loaded if not plugin.is_function]
        totals = sum((plugin.totals for plugin in loaded), self.manager.past)
        fields: dict[str, object] = {
            "plugins_loaded": len(plugins),
            "plugins_active": sum(plugin.enabled for plugin in plugins),
            "plugins_failed": len(self.manager.failures),
            "functions_loaded": len(functions),
            "functions_active": sum(plugin.enabled for plugin in functions),
            "plugins_memory_bytes": sum(plugin.guest.memory_bytes for plugin in loaded),
            "plugins_executions": totals["executions"],
            "plugins_errors": totals["errors"],
            "plugins_fuel": sum(self.manager.calls.ledger.plugins.values()),
            "plugins_host_calls": totals["host_calls"],
            "plugins_denied": totals["denied"],
        }
        kinds = sorted(name for name in totals if name.startswith("errors_"))
        fields |= {f"plugins_{kind}": totals[kind] for kind in kinds}
        for plugin in loaded:
            fields[f"{plugin.kind}_{plugin.name}"] = ",".join(
                (
                    f"version={plugin.program.manifest.package.version}",
                    f"state={plugin.state.value}",
                    f"executions={plugin.executions}",
                    f"errors={plugin.errors}",
                    f"memory={plugin.guest.memory_bytes}",
                    f"fuel={plugin.guest.fuel_used}",
                )
            )
        return fields

    def usages(self) -> Mapping[str, PluginUsage]:
        """What each plugin has used."""
        booked = self.manager.calls.ledger.plugins
        return {
            plugin.name: PluginUsage(
                plugin.executions, plugin.errors, booked[plugin.name], plugin.guest.memory_bytes
            )
            for plugin in self.manager
        }

    def modules(self) -> list[Reply]:
        """One map for each plugin that serves, as HELLO shows modules: a version is one number,
        major * 10000 + minor * 100 + patch as of Redis's own modules."""
        return [
            {
                b"name": plugin.name.encode("utf-8", "surrogateescape"),
                b"ver": _number(plugin.program.manifest.package.version),
                b"path": plugin.program.source.encode("utf-8", "surrogateescape"),
                b"args": [],
            }
            for plugin in self.manager
            if plugin.state is not PluginState.UNLOADING and not plugin.is_function
        ]


def _number(version: str) -> int:
    major, minor, patch = parse_version(version)
    return major * 10_000 + minor * 100 + patch
