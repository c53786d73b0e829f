"""Commands of Redis that are not served here, by name.

Rule: rules may name them, so that the users of a Redis server can be taken over as they are. What a
rule says of them comes to nothing until a plugin serves a command of that name.
"""

from __future__ import annotations

_NAMES = """
asking eval eval_ro evalsha evalsha_ro failover fcall fcall_ro geoadd
geodist geohash geopos georadius georadius_ro georadiusbymember georadiusbymember_ro geosearch
geosearchstore lolwut migrate module pfadd pfcount pfdebug pfmerge pfselftest psync
readonly readwrite replconf restore-asking script sync xack xadd xautoclaim xclaim
xdel xgroup xinfo xlen xpending xrange xread xreadgroup xrevrange xsetid xtrim cluster|addslots
cluster|addslotsrange cluster|bumpepoch cluster|count-failure-reports cluster|delslots
cluster|delslotsrange cluster|failover cluster|flushslots cluster|forget cluster|meet
cluster|replicas cluster|replicate cluster|reset cluster|saveconfig cluster|set-config-epoch
cluster|setslot cluster|slaves function|delete function|dump function|kill
function|list function|load function|restore function|stats
"""
ABSENT = frozenset(_NAMES.split())
"""Commands, those with subcommands for all of them, and single subcommands ("config|rewrite")."""


def is_absent(name: str) -> bool:
    """Whether Redis has a command or subcommand of this name (lower case) and we do not."""
    return name in ABSENT or name.partition("|")[0] in ABSENT
