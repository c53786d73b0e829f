"""What clang makes of a plugin: bulk memory and other 0xFC instructions, in our VM."""

from __future__ import annotations

from pathlib import Path

import wasm_vm
from tests.support.clang import build_by_clang
from tests.support.plugin_bench import plugin_bench
from tests.support.plugin_guests import manifest, with_manifest

SOURCE = """#include "ferrite.h"

struct block { char bytes[600]; };
static struct block blocks[2];

__attribute__((noinline)) static void fill(struct block *b, char with)
{
    __builtin_memset(b->bytes, with, sizeof b->bytes);
}

__attribute__((noinline)) static void copy(struct block *to, const struct block *from)
{
    *to = *from;
}

FERRITE_COMMAND(t_run)
{
    fill(&blocks[0], 'x');
    copy(&blocks[1], &blocks[0]);
    return ferrite_reply_bulk(blocks[1].bytes, sizeof blocks[1].bytes);
}
"""


def test_bulk_memory(tmp_path: Path) -> None:
    (tmp_path / "bulk.c").write_text(SOURCE)
    build_by_clang(tmp_path / "bulk.c", tmp_path / "bulk.wasm")
    binary = (tmp_path / "bulk.wasm").read_bytes()
    steps = [step for code in wasm_vm.load(binary).module.codes for step in code.body]
    assert {"memory.copy", "memory.fill"} <= {row.name for row, _, _ in steps}
    with plugin_bench(with_manifest(binary, manifest("T.RUN"))) as bench:
        assert bench.reply("T.RUN") == b"x" * 600
