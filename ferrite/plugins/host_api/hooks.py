"""hook_*: what a hook sees of its event, and what it says to it."""

from __future__ import annotations

from ferrite.hooks import REFUSING_EVENTS, REPLACING_EVENTS
from ferrite.keyspace.values import Value as StoredValue
from ferrite.plugins.host_api.commands import keep_reply
from ferrite.plugins.host_api.context import ErrorCode, GuestError, HookView, HostContext
from ferrite.plugins.host_api.declaration import Filled, Value, host_call
from ferrite.plugins.host_api.keys import require_present


@host_call()
def hook_key(context: HostContext) -> Filled:
    """Copy the event's key; its length, -1 when the event has none."""
    return require_present(_view(context).key)


@host_call()
def hook_value(context: HostContext) -> Filled:
    """Copy the string at the event's key; its length, -1 when there is no key, -3 for a value of
    another type."""
    return _string(_view(context).value)


@host_call()
def hook_old_value(context: HostContext) -> Filled:
    """Copy the string that was at the event's key; its length, -1 when there was none."""
    view = _view(context)
    if not view.old_known:
        raise GuestError(ErrorCode.UNAVAILABLE, "ERR what was there before is not known")
    return _string(view.old_value)


@host_call()
def hook_command(context: HostContext) -> int:
    """A handle of the command under way, an array of bulk strings; -1 when there is none."""
    return keep_reply(context, list(require_present(_view(context).request)))


@host_call()
def hook_reply(context: HostContext) -> int:
    """A handle of the command's reply (AfterCommand)."""
    view = _view(context)
    if not view.has_reply:
        raise GuestError(ErrorCode.UNAVAILABLE, f"ERR {view.event.value} has no reply")
    return keep_reply(context, view.reply)


@host_call()
def hook_abort(context: HostContext, text: Value) -> int:
    """Refuse what is about to be, with an error for the client."""
    view = _view(context)
    if view.event not in REFUSING_EVENTS:
        raise GuestError(ErrorCode.UNAVAILABLE, f"ERR {view.event.value} cannot be refused")
    view.abort = text.decode("utf-8", "surrogateescape")
    return 0


@host_call()
def hook_replace(context: HostContext, data: Value) -> int:
    """Put something else in the place: a command (BeforeCommand), a string (OnKeyWrite)."""
    view = _view(context)
    if view.event not in REPLACING_EVENTS:
        raise GuestError(ErrorCode.UNAVAILABLE, f"ERR {view.event.value} cannot be replaced")
    if view.key is not None and not isinstance(view.value, bytes):
        raise GuestError(ErrorCode.TYPE, "WRONGTYPE only a string can be replaced")
    view.replacement = data
    return 0


def _view(context: HostContext) -> HookView:
    view = context.invocation.hook
    if view is None:
        raise GuestError(ErrorCode.UNAVAILABLE, "ERR no hook was called")
    return view


def _string(value: StoredValue | None) -> bytes:
    if isinstance(require_present(value), bytes):
        return value  # type: ignore[return-value]
    raise GuestError(ErrorCode.TYPE, "WRONGTYPE the value is no string")
