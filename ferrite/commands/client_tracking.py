"""Those subcommands of CLIENT that are about caching on the client's side.

https://redis.io/commands/client-tracking/
"""

from __future__ import annotations

from typing import Annotated

from ferrite.commands.arguments import Argument, Grammar, integer, word
from ferrite.commands.clients import PLAIN_TAGS, group
from ferrite.errors import CommandError
from ferrite.protocol.replies import OK, Reply, SetReply
from ferrite.state import Call
from ferrite.tracking import Tracking

command = group.command

_STATUS = Grammar(Argument("status", "oneof", arguments=(word("ON"), word("OFF"))))
_MODE = Grammar(Argument("mode", "oneof", arguments=(word("YES"), word("NO"))))
_OPTIONS = Grammar(
    Argument("client-id", "integer", "REDIRECT", optional=True),
    Argument("prefix", "string", "PREFIX", optional=True, multiple=True),
    *(
        Argument(token.lower(), "pure-token", token, optional=True)
        for token in ("BCAST", "OPTIN", "OPTOUT", "NOLOOP")
    ),
)
_SWITCHED = (
    "ERR You can't switch {} before disabling tracking for this client, and then re-enabling it "
    "with a different mode."
)


@command(PLAIN_TAGS, name="CLIENT TRACKING", since="6.0.0", complexity="O(1)")
def client_tracking(
    call: Call, status: Annotated[bytes, _STATUS], *options: Annotated[bytes, _OPTIONS]
) -> Reply:
    """Be told when keys that this connection has read change, or no longer."""
    wanted = _read(call, options)
    tracking = call.state.tracking
    if status.upper() == b"ON":
        _check(wanted, call.session.tracking)
        tracking.start(call.session, wanted)
    elif status.upper() == b"OFF":
        tracking.stop(call.session)
    else:
        raise CommandError.syntax()
    return OK


def _read(call: Call, options: tuple[bytes, ...]) -> Tracking:
    wanted = Tracking()
    rest = iter(options)
    for option in map(bytes.upper, rest):
        argument = next(rest, None) if option in (b"REDIRECT", b"PREFIX") else b""
        if argument is None:
            raise CommandError.syntax()
        if option == b"REDIRECT":
            if wanted.redirect:
                raise CommandError("ERR A client can only redirect to a single other client")
            wanted.redirect = integer(argument)
            if wanted.redirect not in call.state.sessions:
                raise CommandError("ERR The client ID you want redirect to does not exist")
        elif option == b"PREFIX":
            wanted.prefixes.append(argument)
        elif option == b"BCAST":
            wanted.broadcast = True
        elif option == b"OPTIN":
            wanted.opt_in = True
        elif option == b"OPTOUT":
            wanted.opt_out = True
        elif option == b"NOLOOP":
            wanted.no_loop = True
        else:
            raise CommandError.syntax()
    return wanted


def _check(wanted: Tracking, present: Tracking | None) -> None:
    """Raise CommandError for options that contradict each other or what was asked for before."""
    if wanted.prefixes and not wanted.broadcast:
        raise CommandError("ERR PREFIX option requires BCAST mode to be enabled")
    if present is not None and present.broadcast != wanted.broadcast:
        raise CommandError(_SWITCHED.format("BCAST mode on/off"))
    if wanted.broadcast and (wanted.opt_in or wanted.opt_out):
        raise CommandError("ERR OPTIN and OPTOUT are not compatible with BCAST")
    if wanted.opt_in and wanted.opt_out:
        raise CommandError("ERR You can't specify both OPTIN mode and OPTOUT mode")
    if present is not None and (
        (wanted.opt_in and present.opt_out) or (wanted.opt_out and present.opt_in)
    ):
        raise CommandError(_SWITCHED.format("OPTIN/OPTOUT mode"))


@command(PLAIN_TAGS, name="CLIENT TRACKINGINFO", since="6.2.0")
def client_trackinginfo(call: Call) -> Reply:
    """Return how this connection tracks."""
    tracking = call.session.tracking
    if tracking is None:
        return {b"flags": SetReply([b"off"]), b"redirect": -1, b"prefixes": []}
    flags = {
        b"on": True,
        b"bcast": tracking.broadcast,
        b"optin": tracking.opt_in,
        b"caching-yes": tracking.opt_in and tracking.caching,
        b"optout": tracking.opt_out,
        b"caching-no": tracking.opt_out and tracking.caching,
        b"noloop": tracking.no_loop,
        b"broken_redirect": tracking.redirect_broken,
    }
    return {
        b"flags": SetReply(flag for flag, is_set in flags.items() if is_set),
        b"redirect": tracking.redirect,
        b"prefixes": sorted(tracking.prefixes),
    }


@command(PLAIN_TAGS, name="CLIENT CACHING", since="6.0.0")
def client_caching(call: Call, mode: Annotated[bytes, _MODE]) -> Reply:
    """Remember the keys of the next command (YES, with OPTIN), or do not (NO, with OPTOUT)."""
    tracking, chosen = call.session.tracking, mode.upper()
    if tracking is None:
        raise CommandError(
            "ERR CLIENT CACHING can be called only when the client is in tracking mode with "
            "OPTIN or OPTOUT mode enabled"
        )
    if chosen not in (b"YES", b"NO"):
        raise CommandError.syntax()
    if not (tracking.opt_in if chosen == b"YES" else tracking.opt_out):
        option = "OPTIN" if chosen == b"YES" else "OPTOUT"
        raise CommandError(
            f"ERR CLIENT CACHING {chosen.decode()} is only valid when tracking is enabled in "
            f"{option} mode."
        )
    tracking.caching = True
    return OK


@command(PLAIN_TAGS, name="CLIENT GETREDIR", since="6.0.0")
def client_getredir(call: Call) -> int:
    """Return the id of the connection that is told in place of this one."""
    return -1 if call.session.tracking is None else call.session.tracking.redirect


group.help("CLIENT", since="5.0.0")
