from __future__ import annotations

import pytest

from ferrite.operation_options import OperationOptions
from ferrite.option_tables import options_of, read_table
from ferrite.toml_source import TomlSource


def test_a_table_sets_what_it_names() -> None:
    source, holder = TomlSource("[operation]\nmetrics_port = 9100\n", "f.toml"), OperationOptions()
    read_table(source, ("operation",), source.data["operation"], holder)
    assert holder.metrics_port == 9100
    assert "metrics_port" in dict(options_of(holder))


@pytest.mark.parametrize(("line", "reason"), [("x = 1", "no known key"), ("metrics_port = -1", "")])
def test_what_is_wrong_is_named_with_its_line(line: str, reason: str) -> None:
    source, holder = TomlSource(f"[operation]\n{line}\n", "f.toml"), OperationOptions()
    with pytest.raises(ValueError, match=rf"f\.toml:2: operation\.\w+ .*{reason}"):
        read_table(source, ("operation",), source.data["operation"], holder)
