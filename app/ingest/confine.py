"""What a child gives up before it reads a stranger's bytes. Linux; what a machine refuses is left out.

Certain everywhere: memory, CPU, no core dump, no growing file, few descriptors. On x86-64 and 64-bit ARM: no
system call beyond what reading needs (``syscalls``). Where the kernel permits: a network namespace of its own
without any network, and Landlock, after which only program files can be opened, not the data folder; where
there is no Landlock, nothing at all can be opened any more. The walls stand on their own: each holds alone.
"""

import ctypes
import os
import resource
import signal
import struct
import sys
import time
from pathlib import Path

from app.ingest.syscalls import leave_only_reading

CPU_SECONDS = 20
"""CPU time for one file's header, or for one frame."""
_DESCRIPTORS = 24
_NEW_USER, _NEW_NET = 0x10000000, 0x40000000
_SET_DEATH_SIGNAL, _SET_NO_NEW_PRIVILEGES = 1, 38
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION, _PATH_BENEATH = 1, 1
_EXECUTE, _READ_FILE, _READ_DIR = 1, 4, 8
_FILE_RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1}
_ALL_FILE_RIGHTS = (1 << 16) - 1
_TCP, _SCOPES = 3, 3


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent ends."""
    _libc().prctl(_SET_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)


def confine(memory: int, readable: list[Path], *, threads: bool) -> None:
    """Give up everything that reading does not need. ``memory`` is in resident bytes.

    Without ``threads`` no further thread or process can start, unless this one runs as root.
    Program files below ``readable`` and the interpreter's own stay readable, for libraries that load late.
    """
    _limit(resource.RLIMIT_AS, _mapped() + memory)
    _leave_the_network()
    _libc().prctl(_SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    programs = [*readable, *map(Path, (sys.prefix, sys.base_prefix, "/usr/lib", "/lib", "/lib64"))]
    guarded = _close_the_file_system(programs)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_NOFILE, _DESCRIPTORS)
    if not threads:
        _limit(resource.RLIMIT_NPROC, 0)
    leave_only_reading(may_open=guarded)


def grant_cpu() -> None:
    """Allow this process ``CPU_SECONDS`` more; past them the kernel kills it."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time()) + 1 + CPU_SECONDS, hard))


def _limit(what: int, value: int) -> None:
    _soft, hard = resource.getrlimit(what)
    most = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(what, (most, most))


def _mapped() -> int:
    """Return how much address space is beyond resident memory: libraries that are mapped but not loaded."""
    pages, resident = Path("/proc/self/statm").read_text().split()[:2]
    return (int(pages) - int(resident)) * resource.getpagesize()


def _leave_the_network() -> None:
    libc = _libc()
    if libc.unshare(_NEW_NET) != 0:
        libc.unshare(_NEW_USER | _NEW_NET)


def _close_the_file_system(readable: list[Path]) -> bool:
    """Restrict this process by Landlock to reading below ``readable``. Returns whether that holds."""
    libc, version = _libc(), landlock_version()
    if version < 1:
        return False
    handled = _handled(version)
    ruleset = libc.syscall(_CREATE_RULESET, handled, len(handled), 0)
    if ruleset < 0:
        return False
    for path in filter(Path.is_dir, readable):
        folder = os.open(path, os.O_PATH | os.O_CLOEXEC)
        rule = struct.pack("=Qi", _EXECUTE | _READ_FILE | _READ_DIR, folder)
        libc.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, rule, 0)
        os.close(folder)
    restricted = bool(libc.syscall(_RESTRICT_SELF, ruleset, 0) == 0)
    os.close(ruleset)
    return restricted


def landlock_version() -> int:
    """Return the version of the kernel's Landlock; below 1 there is none."""
    return int(_libc().syscall(_CREATE_RULESET, None, 0, _VERSION))


def _handled(version: int) -> bytes:
    """Return all that this version can forbid: files, from 4 on TCP, from 6 on other processes."""
    tcp, scopes = _TCP if version >= 4 else 0, _SCOPES if version >= 6 else 0
    size = 8 if version < 4 else 16 if version < 6 else 24
    return struct.pack("=QQQ", _FILE_RIGHTS.get(version, _ALL_FILE_RIGHTS), tcp, scopes)[:size]


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
