"""Redis's own Tcl test suite, run against ferrite and against redis-server.

    python -m tests.redis_suite [--server ferrite|redis] [--only UNIT] [--jobs N] [--json FILE]

`suite.toml` names the units and how many tests redis-server passes, `expectations.toml` what is
left out and what misses, each with its reason. The suite itself is fetched at a pinned checksum and
is never part of this repository.
"""
