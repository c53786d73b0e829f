from __future__ import annotations

from ferrite.monitors import Monitors
from ferrite.session import Session
from tests.ferrite.test_pubsub import client
from tests.ferrite.test_session import ALMIGHTY


def test_what_a_monitor_is_shown() -> None:
    monitors = Monitors(lambda: 1_700_000_000_123)
    watcher, link = client(1)
    monitors.sessions[watcher] = None
    monitors.feed(Session(2, ALMIGHTY, address="1.2.3.4:5"), [b"SET", b'k"', b"\x00\n"])
    local = Session(3, ALMIGHTY, address="/tmp/s:0")
    local.unix_socket = True
    monitors.feed(local, [b"PING"])
    assert link.sent == [
        '1700000000.123000 [0 1.2.3.4:5] "SET" "k\\"" "\\x00\\n"',
        '1700000000.123000 [0 unix:/tmp/s] "PING"',
    ]
