"""What a child gives up before it reads a stranger's bytes. Linux; what a machine refuses is left out.

Certain everywhere: memory, CPU, no core dump, no growing file, few descriptors. Where the kernel permits:
an own network namespace without any network, no new privileges, and Landlock, after which only program
files can be opened, not the data folder, and nothing can be written.
"""

import ctypes
import os
import resource
import signal
import struct
import sys
import time
from pathlib import Path

CPU_SECONDS = 20
"""CPU time for one file's header, or for one frame."""
_DESCRIPTORS = 24
_NEW_USER, _NEW_NET = 0x10000000, 0x40000000
_SET_DEATH_SIGNAL, _SET_NO_NEW_PRIVILEGES = 1, 38
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_PATH_BENEATH = 1
_EXECUTE, _READ_FILE, _READ_DIR = 1, 4, 8
_RIGHTS_BY_ABI = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1}
_ALL_RIGHTS = (1 << 16) - 1


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent ends."""
    _libc().prctl(_SET_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)


def confine(memory: int, readable: list[Path]) -> None:
    """Give up everything that reading does not need. ``memory`` is in resident bytes.

    Program files below ``readable`` and the interpreter's own stay readable, for libraries that load late.
    """
    _limit(resource.RLIMIT_AS, _mapped() + memory)
    _leave_the_network()
    _libc().prctl(_SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    _close_the_file_system(
        [*readable, *map(Path, (sys.prefix, sys.base_prefix, "/usr/lib", "/lib", "/lib64"))]
    )
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_NOFILE, _DESCRIPTORS)


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


def _close_the_file_system(readable: list[Path]) -> None:
    """Restrict this process by Landlock to reading below ``readable``."""
    libc = _libc()
    abi = libc.syscall(_CREATE_RULESET, None, 0, 1)
    if abi < 1:
        return
    handled = struct.pack("=Q", _RIGHTS_BY_ABI.get(abi, _ALL_RIGHTS))
    ruleset = libc.syscall(_CREATE_RULESET, handled, len(handled), 0)
    if ruleset < 0:
        return
    for path in filter(Path.is_dir, readable):
        folder = os.open(path, os.O_PATH | os.O_CLOEXEC)
        rule = struct.pack("=Qi", _EXECUTE | _READ_FILE | _READ_DIR, folder)
        libc.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, rule, 0)
        os.close(folder)
    libc.syscall(_RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
