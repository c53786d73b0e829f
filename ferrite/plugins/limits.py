"""Every bound of the plugin system that is no configuration, with units in the names."""

from __future__ import annotations

from dataclasses import dataclass

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class PluginLimits:
    """What a plugin may bring, and what one call of it may pile up in the server."""

    module_bytes_max: int = 64 * MEBIBYTE
    """Largest module that is read at all."""
    struct_fields_max: int = 100
    """Most fields of a struct: making one costs one unit of fuel, however many it has."""
    catch_clauses_max: int = 100
    """Most catch clauses of a function: so does throwing."""
    manifest_bytes_max: int = 1 * MEBIBYTE
    reply_depth_max: int = 32
    """Deepest nesting of arrays, maps and sets in one reply."""
    reply_elements_max: int = 250_000
    """Most values of one reply, containers included."""
    reply_bytes_max: int = 64 * MEBIBYTE
    """Most bytes of text in one reply."""
    number_digits_max: int = 4_000
    """Longest big number of a reply; Python's own conversion stops at 4,300."""
    key_bytes_max: int = 1 * MEBIBYTE
    """Longest key a plugin may name."""
    text_bytes_max: int = 256 * 1024
    """Longest text of WASM.DEFINE: assembling takes up to four seconds a MiB."""
    name_bytes_max: int = 1_024
    """Longest field or configuration key a plugin may ask for."""
    audit_records_max: int = 1_000
    """Host calls kept of each plugin."""
    post_mortems_max: int = 50
    """Failures kept of each plugin."""
    post_mortem_calls_max: int = 10
    backtrace_frames_max: int = 50
    excerpt_bytes: int = 64
    """Memory shown of a failure."""
    messages_per_call_max: int = 10_000
    """Messages one call may publish: they are held until it is kept."""
    network_bytes_max: int = 16 * MEBIBYTE
    """Most bytes of an answer over HTTP."""
    call_depth_max: int = 8
    """Calls within each other: commands that `call` runs, and hooks."""
    hook_depth_max: int = 8
    """Hooks that follow from what hooks have written."""
    hook_failures_max: int = 5
    """Failures in a row after which a hook is suspended."""
    hook_rest_milliseconds: int = 1_000
    """How long the first time; it doubles every time up to the next."""
    hook_rest_milliseconds_max: int = 60_000
    random_bytes_max: int = 65_536
    """Most random bytes of one host call."""
    log_line_bytes_max: int = 4_096
    """Longest line of a plugin's log; what is beyond is cut."""
    log_lines_per_call_max: int = 100
    """Lines one call may log; what is beyond is dropped."""
    log_lines_per_second_max: int = 1_000
    """Lines one plugin may log; what is beyond is dropped."""
    log_lines_max: int = 1_000
    """Lines kept of each plugin's log."""
    start_milliseconds_max: int = 60_000
    """Longest wall-clock time a plugin may take to start; it holds nobody up meanwhile."""
    prepared_bytes_max: int = 256 * 1024
    """Largest module whose functions are all compiled while it is loaded."""
    recording_bytes_max: int = 256 * MEBIBYTE
    """Largest file of recorded calls; a recording that reaches it ends."""
    replay_seconds_max: int = 300
    """Longest time of PLUGIN.REPLAY."""
    slice_units: int = 16_384
    """Fuel between two looks at the clock: below a millisecond of compiled code, some 5 ms of the
    reference engine, in which functions start."""


LIMITS = PluginLimits()
