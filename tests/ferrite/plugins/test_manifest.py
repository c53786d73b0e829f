"""plugin.toml: every table is read, and what contradicts itself is refused by name and line."""

from __future__ import annotations

import pytest

from ferrite.permissions import Right
from ferrite.plugins.manifest import (
    CommandTable,
    HookTable,
    implied_manifest,
    parse_manifest,
    parse_version,
)

PACKAGE = '[package]\nname = "p"\n'

EVERYTHING = """
[package]
name = "redis-json"
version = "1.0.0"
description = "JSON data type support"
author = "Somebody"
license = "Apache-2.0"
homepage = "https://example.com"

[package.ferrite]
min_version = "0.1.0"
start = "none"
abi = 1
instance = "per-call"
on_failure = "open"

[[commands]]
name = "JSON.SET"
description = "Set JSON value at path"
min_args = 3
max_args = 4
flags = ["write", "denyoom"]
acl_categories = ["write", "@json"]
export = "json_set"
first_key = 1
last_key = 1
step = 1
complexity = "O(N)"
since = "1.0.0"
tips = ["nondeterministic_output"]
timeout_ms = 100

[[commands]]
name = "JSON.GET"
arity = -3

[[data_types]]
name = "JSON"
description = "JSON document structure"
encoding = "json"
version = 2
commands = ["JSON.SET"]

[[hooks]]
event = "OnKeyWrite"
priority = -5
filter = "user:*"

[[permissions]]
resource = "storage"
action = "read"
keys = ["a*", "!ab*"]

[[permissions]]
resource = "network"
action = "http_get"
hosts = ["api.example.com"]

[[permissions]]
resource = "filesystem"
action = "read"
paths = ["/data"]

[[permissions]]
resource = "system"
action = "time"

[[dependencies]]
name = "serde-json"
version = "1.0"
optional = false

[[transformers]]
name = "gzip"
keys = ["big:*"]
direction = "in"
priority = 3

[[storage_backends]]
name = "s3"
prefix = "s3:"
"""


def test_every_key_of_every_table() -> None:
    manifest = parse_manifest(EVERYTHING, "plugin.toml")
    assert manifest.package.name == "redis-json"
    assert manifest.package.homepage == "https://example.com"
    assert manifest.ferrite.start == "none"
    assert manifest.ferrite.instance == "per-call"
    json_set, json_get = manifest.commands
    assert json_set.flags == ("write", "denyoom")
    assert json_set.timeout_ms == 100
    assert (json_set.count_min, json_set.count_max) == (4, 5)
    assert (json_get.count_min, json_get.count_max) == (3, None)
    assert manifest.data_types[0].version == 2
    assert manifest.hooks == (HookTable(event="OnKeyWrite", priority=-5, filter="user:*"),)
    assert [permission.right for permission in manifest.permissions] == [
        Right.STORAGE_READ,
        Right.NETWORK_HTTP_GET,
        Right.FILESYSTEM_READ,
        Right.SYSTEM_TIME,
    ]
    assert manifest.permissions[0].keys == ("a*", "!ab*")
    assert manifest.dependencies[0].version == "1.0"
    assert manifest.transformers[0].direction == "in"
    assert manifest.storage_backends[0].prefix == "s3:"


def test_the_least_manifest() -> None:
    manifest = parse_manifest(PACKAGE, "plugin.toml")
    assert manifest.package.version == "0.0.0"
    assert manifest.ferrite.start == "auto"
    assert manifest.commands == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "p.toml: needs a table [package]"),
        ("package = 1", "p.toml:1: package must be a table"),
        ("[package", "p.toml: Expected ']' at the end of a table declaration (at "),
        (PACKAGE + "[package.ferrite]\nabi = 2", "p.toml:4: package.ferrite.abi must be between"),
        (PACKAGE + 'version = "1"', "p.toml:3: package.version must be of the form 1.2.3"),
        (PACKAGE + "[colours]", "p.toml:3: colours is no known table"),
        (PACKAGE + "[[commands]]\nmin_args = 1", "p.toml:3: commands[0] needs a name"),
        (PACKAGE + '[[commands]]\nname = "A"\nargs = 1', "p.toml:5: commands[0].args is no known"),
        (
            PACKAGE + '[[commands]]\nname = "A"\n[[commands]]\nname = "a"',
            "p.toml:6: commands[1].name 'a' is declared twice",
        ),
        (
            PACKAGE + '[[commands]]\nname = "A"\nmin_args = 2\nmax_args = 1',
            "p.toml:6: commands[0].max_args is 1, less than min_args = 2",
        ),
        (
            PACKAGE + '[[commands]]\nname = "A"\narity = 0',
            "p.toml:5: commands[0].arity counts the command's name and cannot be 0",
        ),
        (
            PACKAGE + '[[commands]]\nname = "A"\narity = 3\nmin_args = 1',
            "p.toml:5: commands[0].arity is 3, which min_args and max_args deny",
        ),
        (
            PACKAGE + '[[commands]]\nname = "A"\narity = -3\nmax_args = 1',
            "p.toml:5: commands[0].arity is -3, more than max_args = 1",
        ),
        (
            PACKAGE + '[[commands]]\nname = "A"\nflags = ["write", "readonly"]',
            "p.toml:5: commands[0].flags has both write and readonly",
        ),
        (
            PACKAGE + '[[commands]]\nname = "A"\nflags = ["quick"]',
            "p.toml:5: commands[0].flags must be one of read, write",
        ),
        (
            PACKAGE + '[[commands]]\nname = "A"\nstep = 1',
            "p.toml:5: commands[0].step means nothing without first_key",
        ),
        (PACKAGE + '[[hooks]]\nevent = "OnFire"', "p.toml:4: hooks[0].event must be one of Before"),
        (
            PACKAGE + '[[permissions]]\nresource = "storage"\naction = "time"',
            "p.toml:5: permissions[0].action 'time' is none of storage (known are read, write,",
        ),
        (
            PACKAGE + '[[permissions]]\nresource = "storage"\naction = "read"\nhosts = ["x"]',
            "p.toml:6: permissions[0].hosts does not belong to storage",
        ),
        (
            PACKAGE + '[[permissions]]\nresource = "moon"\naction = "read"',
            "p.toml:4: permissions[0].resource must be one of storage, network",
        ),
    ],
)
def test_errors_name_file_line_and_key(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=r"p\.toml") as caught:
        parse_manifest(text, "p.toml")
    assert str(caught.value).startswith(message)


def test_a_positive_arity_is_exact() -> None:
    command = CommandTable(name="A", arity=3)
    assert (command.count_min, command.count_max) == (3, 3)
    command = CommandTable(name="A")
    assert (command.count_min, command.count_max) == (1, None)


def test_versions_compare_by_their_numbers() -> None:
    assert parse_version("1.2.3-rc.1") == (1, 2, 3)
    assert parse_version("0.10.0+x") > parse_version("0.9.9")


def test_an_implied_manifest_asks_for_nothing() -> None:
    manifest = implied_manifest("t", (CommandTable(name="A"),))
    assert manifest.package.version == "0.0.0"
    assert manifest.permissions == ()
    assert str(manifest.problem(("commands", 0), "is bad")) == "manifest: commands is bad"
