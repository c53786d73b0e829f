"""call, handle_read, handle_drop, publish: any command of the server, and messages.

Rule: a command runs with the rights of plugin and caller together: each key by what the command
does with it, and without a narrowing where a command does not name its keys. What a script may not
run a plugin may not either, nor what manages the server. A command that fails is undone by itself.
"""

from __future__ import annotations

from ferrite.access.checks import may_access_channel
from ferrite.access.selector import Reason
from ferrite.commands.registry import Command, Tag
from ferrite.errors import CommandError, ProtocolError
from ferrite.execution import execute
from ferrite.pending import Pending
from ferrite.permissions import Right
from ferrite.plugins.host_api.context import ErrorCode, GuestError, HostContext
from ferrite.plugins.host_api.declaration import Number, Space, Value, host_call
from ferrite.protocol.encoder import encode
from ferrite.protocol.replies import Reply
from ferrite.protocol.reply_parser import ReplyParser
from ferrite.session import Session
from ferrite.state import Call

PROTOCOL = 3
_STORAGE = (Right.STORAGE_READ, Right.STORAGE_WRITE, Right.STORAGE_DELETE)
_FORBIDDEN = Tag.NOSCRIPT | Tag.ADMIN | Tag.PROTECTED | Tag.NO_AUTH | Tag.UNQUEUED | Tag.BLOCKING
"""Commands with one of these are for clients."""


@host_call(may_need=_STORAGE)
def call(context: HostContext, words: Value) -> int:
    """Run a command, given as a RESP array of bulk strings; a handle of its reply."""
    request = _request(words)
    nested = _nested_call(context)
    command = nested.state.registry.find(request)
    _require(context, nested, command, request)
    if Tag.DENYOOM in command.tags:
        context.require_memory()
    require_room(context)
    journal = nested.state.databases.journal
    journal.begin()
    kept = False
    try:
        reply = execute(nested, command, request)
        kept = not isinstance(reply, CommandError | Pending)
    finally:
        if kept:
            journal.commit()
        else:
            journal.rollback()
    context.invocation.keyspace = nested.keyspace
    if isinstance(reply, Pending):
        reply.abandon()
        raise GuestError(ErrorCode.UNAVAILABLE, f"ERR {command.name} cannot wait here")
    return keep_reply(context, reply)


@host_call()
def handle_read(context: HostContext, handle: Number, offset: Number, buffer: Space) -> int:
    """Copy what a handle holds, in RESP3, from an offset on; the length of the whole."""
    data = held(context, handle)
    size = min(max(len(data) - offset, 0), buffer.capacity)
    context.write(buffer.address, data[offset : offset + size])
    return len(data)


@host_call()
def handle_drop(context: HostContext, handle: Number) -> int:
    """Let go of a handle; those that are left go with the end of the call."""
    held(context, handle)
    del context.invocation.handles[handle]
    return 0


@host_call(Right.STORAGE_WRITE)
def publish(context: HostContext, channel: Value, message: Value) -> int:
    """Send a message to a channel once the call is kept; how many clients will get it."""
    invocation = context.invocation
    if invocation.call is None:
        raise GuestError(ErrorCode.UNAVAILABLE, "ERR channels are out of reach while starting")
    session = invocation.session
    if session is not None and not may_access_channel(session, channel, pattern=False):
        shown = channel[:128].decode("utf-8", "backslashreplace")
        text = f"NOPERM user '{session.user}' may not publish to the channel '{shown}'"
        raise context.refusal(Reason.CHANNEL, channel, text)
    _count_message(context)
    return invocation.call.state.pubsub.publish(channel, message)


def _count_message(context: HostContext) -> None:
    """Raises GuestError (limit) when the call has published all it may."""
    most = context.limits.messages_per_call_max
    if context.invocation.messages >= most:
        raise GuestError(ErrorCode.LIMIT, f"ERR a call may publish {most} messages")
    context.invocation.worn = True
    context.invocation.messages += 1


def require_room(context: HostContext) -> None:
    """Raises GuestError (limit) when the call has all the handles it may have."""
    invocation = context.invocation
    if len(invocation.handles) >= invocation.handles_max:
        raise GuestError(ErrorCode.LIMIT, f"ERR a call may have {invocation.handles_max} handles")


def keep_reply(context: HostContext, reply: Reply) -> int:
    """A handle of a reply; its bytes are paid for. Raises GuestError (limit), OutOfFuel."""
    require_room(context)
    data = encode(reply, PROTOCOL)
    if len(data) > context.limits.reply_bytes_max:
        text = f"ERR the reply has more than {context.limits.reply_bytes_max} bytes"
        raise GuestError(ErrorCode.LIMIT, text)
    context.charge(len(data))
    return context.invocation.keep(data)


def held(context: HostContext, handle: int) -> bytes:
    """The bytes of a reply that is kept. Raises GuestError (argument)."""
    data = context.invocation.handles.get(handle)
    if not isinstance(data, bytes):
        raise GuestError(ErrorCode.ARGUMENT, f"ERR there is no handle {handle}")
    return data


def _request(words: bytes) -> list[bytes]:
    try:
        replies = ReplyParser().feed(words)
    except (ProtocolError, ValueError, RecursionError) as error:
        raise GuestError(ErrorCode.ARGUMENT, f"ERR the command is no RESP: {error}") from error
    request = replies[0] if len(replies) == 1 else None
    if not isinstance(request, list) or not request:
        raise GuestError(ErrorCode.ARGUMENT, "ERR a command is one array of bulk strings")
    if not all(type(word) is bytes for word in request):
        raise GuestError(ErrorCode.ARGUMENT, "ERR a command is one array of bulk strings")
    return request


def _nested_call(context: HostContext) -> Call:
    """What commands run with: the caller's rights in a session of its own, so that nothing a
    command does to its client reaches the caller."""
    invocation = context.invocation
    outer = invocation.call
    if outer is None:
        raise GuestError(ErrorCode.UNAVAILABLE, "ERR commands are out of reach while starting")
    if invocation.nested is None:
        client = outer.session
        session = Session(
            client.id,
            client.account,
            address=client.address,
            local_address=client.local_address,
            authenticated=client.authenticated,
            created_at=client.created_at,
        )
        session.protocol = PROTOCOL
        session.database = context.keyspace.index
        nested = Call(session, outer.state)
        nested.in_transaction = True
        nested.narrowed = not context.grant.reaches_all(Right.STORAGE_READ)
        invocation.nested, invocation.worn = nested, True
    return invocation.nested


def _require(context: HostContext, nested: Call, command: Command, request: list[bytes]) -> None:
    """Raises GuestError unless plugin and caller may run the command on its keys."""
    name = command.name
    if not command.accepts(len(request)):
        raise CommandError.wrong_arguments(name)
    if command.tags & _FORBIDDEN:
        raise GuestError(ErrorCode.DENIED, f"NOPERM a plugin may not run {name}")
    if context.commands is not None and not context.commands.allows(command):
        text = f"NOPERM {context.title} may not run {name}: COMMANDS and DENY_COMMANDS"
        raise GuestError(ErrorCode.DENIED, text)
    if Tag.PUBSUB in command.tags:
        context.require(Right.STORAGE_WRITE)
        _count_message(context)
    accesses = command.accesses(request)
    for index, access in accesses:
        for right in rights_of(access):
            context.require(right)
            context.require_key(right, request[index])
    if command.touches_keyspace and not accesses:
        writes = Tag.WRITE in command.tags
        for right in _STORAGE[1:] if writes else _STORAGE[:1]:
            context.require(right)
            if not context.grant.reaches_all(right):
                text = f"NOPERM {context.title} has {right.value} for some keys only"
                raise GuestError(ErrorCode.DENIED, text)
    account = nested.session.account
    denial = None if account.unrestricted else account.denial(command, request)
    if denial is not None:
        what = "run" if denial.reason is Reason.COMMAND else "use these keys or channels with"
        text = f"NOPERM user '{nested.session.user}' may not {what} {name}"
        denied = request[denial.index] if denial.index else name.encode()
        raise context.refusal(denial.reason, denied, text)


def rights_of(access: str) -> list[Right]:
    """The rights that a key specification's words ask for: "RW access delete"."""
    words = access.split()
    if words[0] == "RO":
        return [Right.STORAGE_READ]
    rights = [Right.STORAGE_READ] if "access" in words else []
    if words[0] != "RM":
        rights.append(Right.STORAGE_WRITE)
    if words[0] == "RM" or "delete" in words:
        rights.append(Right.STORAGE_DELETE)
    return rights
