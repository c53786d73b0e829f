"""Calls of preview 1 that are not served: they exist, so that a guest links, and answer NOSYS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasi.abi import Errno, WasiError
from wasi.door import Body, system_call
from wasm_vm import Memory

if TYPE_CHECKING:
    from wasi.system import Wasi

_SIGNATURES = {
    "filesystem": {
        "fd_advise": "i32 i64 i64 i32 -> i32",
        "fd_allocate": "i32 i64 i64 -> i32",
        "fd_datasync": "i32 -> i32",
        "fd_fdstat_set_flags": "i32 i32 -> i32",
        "fd_fdstat_set_rights": "i32 i64 i64 -> i32",
        "fd_filestat_get": "i32 i32 -> i32",
        "fd_filestat_set_size": "i32 i64 -> i32",
        "fd_filestat_set_times": "i32 i64 i64 i32 -> i32",
        "fd_pread": "i32 i32 i32 i64 i32 -> i32",
        "fd_pwrite": "i32 i32 i32 i64 i32 -> i32",
        "fd_readdir": "i32 i32 i32 i64 i32 -> i32",
        "fd_renumber": "i32 i32 -> i32",
        "fd_sync": "i32 -> i32",
        "fd_tell": "i32 i32 -> i32",
        "path_create_directory": "i32 i32 i32 -> i32",
        "path_filestat_get": "i32 i32 i32 i32 i32 -> i32",
        "path_filestat_set_times": "i32 i32 i32 i32 i64 i64 i32 -> i32",
        "path_link": "i32 i32 i32 i32 i32 i32 i32 -> i32",
        "path_open": "i32 i32 i32 i32 i32 i64 i64 i32 i32 -> i32",
        "path_readlink": "i32 i32 i32 i32 i32 i32 -> i32",
        "path_remove_directory": "i32 i32 i32 -> i32",
        "path_rename": "i32 i32 i32 i32 i32 i32 -> i32",
        "path_symlink": "i32 i32 i32 i32 i32 -> i32",
        "path_unlink_file": "i32 i32 i32 -> i32",
    },
    "network": {
        "sock_accept": "i32 i32 i32 -> i32",
        "sock_recv": "i32 i32 i32 i32 i32 i32 -> i32",
        "sock_send": "i32 i32 i32 i32 i32 -> i32",
        "sock_shutdown": "i32 i32 -> i32",
    },
    "": {
        "poll_oneoff": "i32 i32 i32 i32 -> i32",
        "proc_raise": "i32 -> i32",
    },
}


def _body(name: str) -> Body:
    def absent(wasi: Wasi, memory: Memory, *arguments: int) -> None:
        raise WasiError(Errno.NOSYS)

    absent.__name__ = name
    absent.__doc__ = f"{name} is not served."
    return absent


for _group, _calls in _SIGNATURES.items():
    for _name, _signature in _calls.items():
        _absent = _body(_name)
        system_call(_signature, group=_group, substitute=_absent)(_absent)
