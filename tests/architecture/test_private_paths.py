"""Nothing in the repository speaks of the place or the way in which it was made."""

from __future__ import annotations

import re

from tests.support.sources import files, read

PATTERNS = {
    "an absolute path of one machine": r"/(work|root|home/\w+)/|/work\b|/tmp/(?!\w*\{)brief",
    "the number of a task": r"\bissues?\s+(?:#|no\.?\s*)?\d+|\bsub-?issue",
    "who wrote it": r"(?i)\b(?:claude|anthropic|openai|chatgpt|copilot|llm|subagent)s?\b"
    r"|\bAI[- ](?:agent|generated|assistant)|\bagent sessions?\b|\bsession of the project\b",
    "work that is left": r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b",
}
OWN = "tests/architecture/test_private_paths.py"
TEXT = {
    "", ".py", ".c", ".h", ".md", ".toml", ".txt", ".sh", ".wat", ".wast", ".yml", ".yaml", ".cfg",
    ".go", ".rs", ".ts", ".json", ".in",
}  # fmt: skip


def test_no_file_mentions_them() -> None:
    found = []
    for path in files():
        if path.suffix not in TEXT or str(path) == OWN:
            continue
        try:
            text = read(path)
        except UnicodeDecodeError:
            continue
        for what, pattern in PATTERNS.items():
            for match in re.finditer(pattern, text):
                line = text.count("\n", 0, match.start()) + 1
                found.append(f"{path}:{line}: {what}: {match[0]!r}")
    assert not found
