"""Refusing what a client's user may not do, and who logs in.

Rule: every refusal and every failed login leaves here, and is in the log of ACL LOG.
"""

from __future__ import annotations

from collections.abc import Sequence

from ferrite.access.selector import Access, Denial, Reason
from ferrite.commands.client_line import client_line
from ferrite.commands.registry import Command
from ferrite.errors import CommandError
from ferrite.state import Call

TOP_LEVEL = "toplevel"
IN_TRANSACTION = "multi"
IN_PLUGIN = "module"
_CHANGED_REASONS = {
    Reason.COMMAND: "no permission to execute the command or subcommand",
    Reason.KEY: "no permission to touch the specified keys",
    Reason.CHANNEL: "no permission to access one of the channels used as arguments",
}


def refuse_denied(
    call: Call, command: Command, request: Sequence[bytes], context: str = TOP_LEVEL
) -> None:
    """Raise CommandError (NOPERM) unless the client's user may run the request.

    `context` is "multi" for a request that is to be queued.
    """
    denial = _denial(call, command, request, context)
    if denial is None:
        return
    if denial.reason is Reason.KEY:
        raise CommandError.no_key_permission()
    if denial.reason is Reason.CHANNEL:
        raise CommandError.no_channel_permission()
    raise CommandError.no_permission(command.name)


def refuse_denied_at_exec(call: Call, command: Command, request: Sequence[bytes]) -> None:
    """Raise CommandError (NOPERM) unless a queued request may still be run."""
    if call.session.unrestricted:
        return
    denial = _denial(call, command, request, IN_TRANSACTION)
    if denial is not None:
        raise CommandError(
            "NOPERM ACLs rules changed between the moment the transaction was accumulated and the "
            "EXEC call. This command is no longer allowed for the following reason: "
            + _CHANGED_REASONS[denial.reason]
        )


def _denial(call: Call, command: Command, request: Sequence[bytes], context: str) -> Denial | None:
    denial = call.session.account.denial(command, request)
    if denial is not None:
        denied = request[denial.index] if denial.index else command.name.encode()
        note(call, denial.reason, denied, call.session.account.name, context)
    return denial


def may_read_every_key(call: Call, request: Sequence[bytes]) -> bool:
    """Whether the client's user may run a request and read any key on the way."""
    if call.narrowed:
        return False
    if call.session.unrestricted:
        return True
    command = call.state.registry.find(request)
    return call.session.account.may_access_every_key(command, request, Access.READ)


def note(call: Call, reason: Reason, denied: bytes, user: bytes, context: str = TOP_LEVEL) -> None:
    """Put a refusal into the access log; `context` is one of those above."""
    state, now = call.state, call.state.clock.now()
    state.access_log.add(
        reason,
        context,
        denied,
        user=user,
        client=client_line(call.session, state),
        now=now,
        entries_max=state.config.redis.acllog_max_len,
    )


def log_in(call: Call, command: bytes, user: bytes, password: bytes) -> None:
    """Make the client this user. Raises CommandError (WRONGPASS); `command` is what asked."""
    account = call.state.users.authenticate(user, password)
    if account is None:
        note(call, Reason.AUTH, command, user)
        raise CommandError.wrong_password()
    call.session.log_in(account)
