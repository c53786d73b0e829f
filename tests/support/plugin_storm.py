"""The fault storm: workers whose plugin calls fail on purpose, clients that just work, a model.

Rule: a model changes when a reply says that a call was kept, and at no other time. Every worker and
every client has keys of its own, so the model needs no order between them.
"""

from __future__ import annotations

import queue
import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ferrite.errors import CommandError
from ferrite.plugins import encoder
from ferrite.plugins.manifest import SECTION_NAME
from tests.support.c_plugins import c_plugin
from tests.support.require import ROOT
from tests.support.server_process import Link
from tests.support.waiting import SECONDS_MAX
from tests.support.wat import assemble

SOURCES = ROOT / "tests" / "faults" / "storm"
FUEL, TIMEOUT = "2000000000", "60000"
Model = dict[bytes, Any]
MANIFEST = """
[package]
name = "storm"
version = "1.0.0"
[[commands]]
name = "STORM{0}.{1}"
export = "{2}"
flags = ["write"]
[[permissions]]
resource = "storage"
action = "read"
[[permissions]]
resource = "storage"
action = "write"
keys = ["*", "!forbidden"]
[[permissions]]
resource = "storage"
action = "delete"
[[permissions]]
resource = "network"
action = "tcp_connect"
hosts = ["127.0.0.1:{3}"]
"""


class Gate:
    """A TCP server that plugins wait at until they are let through."""

    def __init__(self, workers: int) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.port: int = self._listener.getsockname()[1]
        self._waiting: list[queue.Queue[socket.socket]] = [queue.Queue() for _ in range(workers)]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._waiting[int(connection.recv(8))].put(connection)

    @contextmanager
    def held(self, worker: int) -> Iterator[None]:
        """While the body runs, the worker's guest waits."""
        with self._waiting[worker].get(timeout=SECONDS_MAX) as connection:
            yield
            connection.sendall(b"go")

    def close(self) -> None:
        self._listener.close()


class Worker:
    """One client that calls its own plugin again and again, each time with a fault."""

    FAULTS = (
        "none", "trap", "fuel", "timeout", "kill", "memory", "limit", "denied", "handles", "bug",
        "reply", "error", "reload", "reload_waiting", "unload_waiting", "kill_waiting", "gone",
        "gone_waiting",
    )  # fmt: skip

    def __init__(self, port: int, folder: Path, gate: Gate, index: int, seed: int) -> None:
        self.name = f"worker {index}"
        self.index, self._gate = index, gate
        self._chance = random.Random(seed)
        self._port = port
        self._client, self._operator = Link(port), Link(port)
        self.calls = 0
        self.calls_wanted = 0
        self.model: Model = {}
        self.published: list[bytes] = []
        self.kinds: Counter[str] = Counter()
        """Failures that INFO has to have booked, by kind."""
        self.recent: list[str] = []
        """Those since the plugin was last loaded."""
        self.codes: Counter[str] = Counter()
        """Error replies, by code."""
        self.faults: Counter[str] = Counter()
        self.problem: BaseException | None = None
        self.plugin, self.grower = f"storm{index}", f"grower{index}"
        self._path = folder / f"{self.plugin}.wasm"
        manifest = MANIFEST.format(index, "WORK", "work", gate.port)
        self._path.write_bytes(c_plugin((SOURCES / "storm.c").read_text(), manifest))
        self._load()
        text = MANIFEST.format(index, "GROW", "grow", gate.port)
        binary = assemble((SOURCES / "grower.wat").read_text())
        grower = folder / f"{self.grower}.wasm"
        grower.write_bytes(binary + encoder.custom_section(SECTION_NAME, text.encode()))
        assert self._operator.ask("PLUGIN.LOAD", self.grower, str(grower)) == "OK"

    def run(self) -> None:
        try:
            while self.calls < self.calls_wanted:
                fault = self._chance.choice(self.FAULTS)
                self.calls += 1
                self.faults[fault] += 1
                getattr(self, f"_{fault}")()
        except BaseException as problem:
            self.problem = problem

    # --- what they share ------------------------------------------------------------------------

    def _load(self) -> None:
        assert self._operator.ask("PLUGIN.LOAD", self.plugin, str(self._path)) == "OK"
        self.recent.clear()

    def _set(self, **limits: str) -> None:
        words = {"FUEL": FUEL, "TIMEOUT": TIMEOUT, **limits}
        asked = [word for pair in words.items() for word in pair]
        assert self._operator.ask("PLUGIN.LIMITS", self.plugin, *asked) == "OK"

    def _send(self, fault: str, link: Link | None = None) -> None:
        words = (f"STORM{self.index}.WORK", self.index, self.calls, fault, self._gate.port)
        (link or self._client).send(tuple(str(word).encode() for word in words))

    def _call(self, fault: str) -> Any:
        self._send(fault)
        return self._client.reply()

    def _kept(self, reply: Any) -> None:
        assert reply == "OK", (self.name, self.calls, reply)
        self._apply()

    def _apply(self) -> None:
        number, index = b"%d" % self.calls, b"%d" % self.index
        key = {letter: letter.encode() + b":" + index for letter in "sehidlz"}
        model = self.model
        model[key["s"]] = model[key["e"]] = model[key["z"]] = number
        model.setdefault(key["h"], {})[number[-1:]] = number
        model[key["i"]] = b"%d" % (int(model.get(key["i"], b"0")) + len(number))
        if self.calls % 2:
            model[key["d"]] = number
        else:
            model.pop(key["d"], None)
        model.setdefault(key["l"], []).append(number)
        self.published.append(number)

    def _failed(self, reply: Any, text: str, kind: str, plugin: str = "") -> None:
        assert isinstance(reply, CommandError), (self.name, self.calls, reply)
        assert text in reply.text, (self.name, self.calls, reply.text)
        self.codes[reply.text.split(" ")[0]] += 1
        self.kinds[kind] += 1
        if not plugin:
            self.recent.append(kind)

    def _under_way(self, before: int) -> None:
        """Until the plugin has begun one call more."""
        deadline = time.monotonic() + SECONDS_MAX
        while self._executions() == before:
            assert time.monotonic() < deadline

    def _executions(self) -> int:
        fields = self._operator.ask("PLUGIN.INFO", self.plugin)
        count: int = fields[fields.index(b"executions") + 1]
        return count

    # --- the faults -----------------------------------------------------------------------------

    def _none(self) -> None:
        self._set()
        self._kept(self._call("o"))

    def _trap(self) -> None:
        self._failed(self._call("t"), "trap: out of bounds memory access", "trap")

    def _fuel(self) -> None:
        self._set(FUEL="200000")
        self._failed(self._call("l"), "out of fuel: its limit is 200000 units", "fuel")

    def _timeout(self) -> None:
        self._set(TIMEOUT="15")
        self._failed(self._call("l"), "out of time", "timeout")
        self._set()

    def _kill(self) -> None:
        self._set()
        before = self._executions()
        self._send("l")
        self._under_way(before)
        assert self._operator.ask("PLUGIN.KILL", self.plugin) == "OK"
        self._failed(self._client.reply(), "killed by PLUGIN.KILL", "killed")

    def _memory(self) -> None:
        words = f"STORM{self.index}.GROW", f"g:{self.index}"
        self._failed(self._client.ask(*words), "trap: unreachable", "trap", self.grower)

    def _limit(self) -> None:
        """No new instance is to be had within it."""
        self._set(MEMORY="65536")
        self._failed(self._call("o"), "limit", "limit")
        self._set(MEMORY="4mb")

    def _denied(self) -> None:
        self._set()
        text = f"NOPERM plugin '{self.plugin}' has no permission storage.write for 'forbidden'"
        self._failed(self._call("d"), text, "error")

    def _handles(self) -> None:
        self._set()
        self._failed(self._call("h"), "ERR a call may have 10 handles", "error")

    def _bug(self) -> None:
        self._set()
        self._failed(self._call("x"), f"ERR plugin '{self.plugin}': internal error", "internal")

    def _reply(self) -> None:
        self._set()
        self._failed(self._call("r"), "misses 3 announced values", "reply")

    def _error(self) -> None:
        self._set()
        self._failed(self._call("e"), "CUSTOM on purpose", "error")

    def _reload(self) -> None:
        """It waits for the call, or the call for it."""
        self._set()
        self._send("s")
        assert self._operator.ask("PLUGIN.RELOAD", self.plugin) == "OK"
        self._kept(self._client.reply())

    def _reload_waiting(self) -> None:
        self._set()
        self._send("w")
        with self._gate.held(self.index):
            assert self._operator.ask("PLUGIN.RELOAD", self.plugin) == "OK"
        self._kept(self._client.reply())

    def _unload_waiting(self) -> None:
        self._set()
        self._send("w")
        with self._gate.held(self.index):
            assert self._operator.ask("PLUGIN.UNLOAD", self.plugin) == "OK"
            self._failed(self._client.reply(), "the plugin was unloaded", "killed")
        self._load()

    def _kill_waiting(self) -> None:
        self._set()
        self._send("w")
        with self._gate.held(self.index):
            assert self._operator.ask("PLUGIN.KILL", self.plugin) == "OK"
            self._failed(self._client.reply(), "killed by PLUGIN.KILL", "killed")

    def _gone(self) -> None:
        """A call goes on without its client, and is kept."""
        self._set()
        gone, before = Link(self._port), self._executions()
        self._send("s", gone)
        self._under_way(before)
        gone.close()
        self._look_whether_kept()

    def _gone_waiting(self) -> None:
        self._set()
        booked = "PLUGIN.FUEL", "PLUGIN", self.plugin
        gone, before = Link(self._port), self._operator.ask(*booked)
        self._send("w", gone)
        with self._gate.held(self.index):
            gone.close()
        deadline = time.monotonic() + SECONDS_MAX
        while self._operator.ask(*booked) == before:
            assert time.monotonic() < deadline
        self._look_whether_kept()

    def _look_whether_kept(self) -> None:
        """Nobody has the reply: the last thing a call writes tells."""
        if self._operator.ask("GET", f"z:{self.index}") == b"%d" % self.calls:
            self._apply()


class Ordinary(threading.Thread):
    """A client that uses no plugin."""

    def __init__(self, port: int, index: int, seed: int, over: threading.Event) -> None:
        super().__init__(name=f"client {index}", daemon=True)
        self._link = Link(port)
        self._prefix = b"o:%d:" % index
        self._chance = random.Random(seed)
        self._over = over
        self.model: Model = {}
        self.done = 0
        self.problem: BaseException | None = None

    def run(self) -> None:
        try:
            while not self._over.wait(0.002):
                self._step()
                self.done += 1
        except BaseException as problem:
            self.problem = problem

    def _step(self) -> None:
        steps: list[Callable[[], None]] = [
            self._string, self._number, self._list, self._hash, self._remove, self._transaction,
            self._abandoned, self._read,
        ]  # fmt: skip
        self._chance.choice(steps)()

    def _expect(self, wanted: object, *words: bytes) -> None:
        reply = self._link.ask(*words)
        assert reply == wanted, (self.name, words, reply, wanted)

    def _string(self) -> None:
        key, value = self._prefix + b"s", self._chance.randbytes(self._chance.randrange(100))
        self._expect("OK", b"SET", key, value)
        self.model[key] = value

    def _number(self) -> None:
        key = self._prefix + b"n"
        number = int(self.model.get(key, b"0")) + 1
        self._expect(number, b"INCR", key)
        self.model[key] = b"%d" % number

    def _list(self) -> None:
        key = self._prefix + b"l"
        items = self.model.setdefault(key, [])
        items.append(b"%d" % self.done)
        self._expect(len(items), b"RPUSH", key, items[-1])

    def _hash(self) -> None:
        key, field = self._prefix + b"h", b"%d" % self._chance.randrange(20)
        fields = self.model.setdefault(key, {})
        self._expect(int(field not in fields), b"HSET", key, field, b"%d" % self.done)
        fields[field] = b"%d" % self.done

    def _remove(self) -> None:
        key = self._prefix + self._chance.choice((b"s", b"l", b"h"))
        self._expect(int(self.model.pop(key, None) is not None), b"DEL", key)

    def _transaction(self) -> None:
        key = self._prefix + b"t"
        value = b"%d" % self.done
        self._expect("OK", b"MULTI")
        self._expect("QUEUED", b"SET", key, b"x")
        self._expect("QUEUED", b"SET", key, value)
        self._expect(["OK", "OK"], b"EXEC")
        self.model[key] = value

    def _abandoned(self) -> None:
        self._expect("OK", b"MULTI")
        self._expect("QUEUED", b"SET", self._prefix + b"never", b"x")
        self._expect("OK", b"DISCARD")

    def _read(self) -> None:
        key = self._prefix + b"s"
        self._expect(self.model.get(key), b"GET", key)


def keyspace(link: Link) -> Model:
    """All there is on a server, in the model's form."""
    found: Model = {}
    readers = {"string": ("GET",), "list": ("LRANGE", 0, -1), "hash": ("HGETALL",)}
    for key in link.ask("KEYS", "*"):
        name, *rest = readers[link.ask("TYPE", key)]
        value = link.ask(name, key, *rest)
        found[key] = dict(zip(value[::2], value[1::2], strict=True)) if name == "HGETALL" else value
    return found
