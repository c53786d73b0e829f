"""Commands read a line each: from a terminal, with history and hints, or from a file."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ferrite.client.conversation import Conversation
from ferrite.client.hints import Hints
from ferrite.client.printing import Style, write
from ferrite.errors import CommandError, StartError
from ferrite.protocol.inline import split_inline

if TYPE_CHECKING:
    from prompt_toolkit import PromptSession

HISTORY_VARIABLE = "FERRITECLI_HISTFILE"
HISTORY_FILE = ".ferritecli_history"
NOTICED_SECONDS = 0.5
"""A command that takes longer is followed by its time."""


def converse(conversation: Conversation) -> int:
    """Read commands until there are no more, and send each; the exit code is 0."""
    try:
        docs: Any = conversation.connect().ask(b"COMMAND", b"DOCS")
    except StartError as error:
        print(error.text, file=sys.stderr)
        docs = CommandError(error.text)
    lines = _typed(conversation, Hints(docs)) if sys.stdin.isatty() else _piped()
    for line in lines:
        try:
            if not _run(conversation, line):
                break
        except KeyboardInterrupt:
            print()
        except StartError as error:
            print(error.text, file=sys.stderr)
    return 0


def _piped() -> Iterator[bytes]:
    for line in sys.stdin.buffer:
        yield line.rstrip(b"\r\n")


def _typed(conversation: Conversation, hints: Hints) -> Iterator[bytes]:
    session = make_session(hints)
    while True:
        try:
            yield session.prompt(conversation.prompt).encode("utf-8", "surrogateescape")
        except KeyboardInterrupt:
            return
        except EOFError:
            return


def make_session(hints: Hints, **streams: Any) -> PromptSession[str]:
    """An editor of lines with history, completion of names and hints."""
    from prompt_toolkit import PromptSession
    from prompt_toolkit.application import get_app
    from prompt_toolkit.completion import WordCompleter
    from prompt_toolkit.filters import Condition
    from prompt_toolkit.formatted_text import StyleAndTextTuples
    from prompt_toolkit.history import FileHistory
    from prompt_toolkit.layout.processors import AfterInput, ConditionalProcessor

    class History(FileHistory):
        """Keeps no passwords."""

        def append_string(self, string: str) -> None:
            if not is_secret(string):
                super().append_string(string)

    def hint() -> StyleAndTextTuples:
        return [("fg:ansibrightblack", hints.after(get_app().current_buffer.text))]

    at_end = Condition(lambda: get_app().current_buffer.document.is_cursor_at_the_end)
    return PromptSession(
        history=History(_history_path()),
        completer=WordCompleter(hints.names, ignore_case=True, sentence=True),
        complete_while_typing=False,
        input_processors=[ConditionalProcessor(AfterInput(hint), at_end)],
        **streams,
    )


def _history_path() -> str:
    path = os.environ.get(HISTORY_VARIABLE, str(Path.home() / HISTORY_FILE))
    Path(path).touch(mode=0o600, exist_ok=True)
    return path


def is_secret(line: str) -> bool:
    """Whether a line holds a password that is not to be kept."""
    words = [word.upper() for word in line.split()]
    if words[:1] == ["AUTH"] or words[:2] == ["ACL", "SETUSER"]:
        return True
    if words[:1] == ["HELLO"]:
        return "AUTH" in words
    secrets = ("REQUIREPASS", "MASTERAUTH", "MASTERUSER", "TLS-KEY-FILE-PASS")
    return words[:2] == ["CONFIG", "SET"] and any(word in secrets for word in words[2:])


def _run(conversation: Conversation, line: bytes) -> bool:
    """Obey a line; False when it is the last. Raises StartError when the connection breaks."""
    words = split_inline(line)
    if words is None:
        write(b"Invalid argument(s)\n")
        return True
    if not words:
        return True
    repeat = 1
    if len(words) > 1 and words[0].removeprefix(b"-").isdigit():
        repeat = int(words.pop(0))
        if repeat <= 0:
            write(b"Invalid redis-cli repeat command option value.\n")
            return True
    name = words[0].lower()
    if name in (b"quit", b"exit"):
        return False
    own = _OWN.get(name)
    if own is not None and len(words) == own[0]:
        own[1](conversation, words)
        return True
    started = time.monotonic()
    conversation.say(words, repeat)
    elapsed = time.monotonic() - started
    if elapsed >= NOTICED_SECONDS and conversation.style is Style.TERMINAL:
        write(b"(%.2fs)\n" % elapsed)
    return True


def _connect(conversation: Conversation, words: list[bytes]) -> None:
    if not words[2].isdigit():
        raise StartError(f"Invalid port: {os.fsdecode(words[2])}")
    conversation.redirect(os.fsdecode(words[1]), int(words[2]))


def _clear(_conversation: Conversation, _words: list[bytes]) -> None:
    write(b"\x1b[H\x1b[2J")


_OWN: dict[bytes, tuple[int, Callable[[Conversation, list[bytes]], None]]] = {
    b"connect": (3, _connect),
    b"clear": (1, _clear),
}
"""Words that are for us: with how many items, and what they do."""
