from __future__ import annotations

import pytest

from ferrite.config import Config, from_command_line
from ferrite.errors import StartError


def test_as_flags() -> None:
    options = from_command_line(["--metrics-port", "9121", "--log-format", "JSON"]).operation
    assert (options.metrics_port, options.metrics_bind) == (9121, "127.0.0.1")
    assert options.log_format == "json"
    with pytest.raises(StartError, match="--metrics-port: argument must be between 0 and 65535"):
        from_command_line(["--metrics-port", "70000"])


def test_as_a_table() -> None:
    config = Config()
    config.read_toml('[operation]\nlog_format = "json"\nmetrics_port = 9121\n', "f")
    assert config.operation.metrics_port == 9121
    with pytest.raises(ValueError, match=r"nosuch.*is no known key"):
        config.read_toml("[operation]\nnosuch = 1\n", "f")
