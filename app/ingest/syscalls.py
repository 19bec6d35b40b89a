"""The system calls that reading needs, and a filter (seccomp, BPF) that leaves a process no others.

It holds where the kernel has no Landlock or gives no name spaces: no socket, no program to start, no other
process to touch, no file to write. What is not allowed fails with ENOSYS, as on a kernel that never heard of
it. The numbers are the kernel's own and never change.
"""

import ctypes
import os
import platform
import struct

_ALLOWED = """
read 0 63; readv 19 65; pread64 17 67; write 1 64; writev 20 66; lseek 8 62; close 3 57; dup 32 23
dup2 33 -; dup3 292 24; fcntl 72 25; fstat 5 80; newfstatat 262 79; statx 332 291; stat 4 -; lstat 6 -
getdents64 217 61; readlink 89 -; readlinkat 267 78; access 21 -; faccessat 269 48; faccessat2 439 439
getcwd 79 17; mmap 9 222; mprotect 10 226; munmap 11 215; mremap 25 216; madvise 28 233; mincore 27 232
brk 12 214; futex 202 98; set_robust_list 273 99; set_tid_address 218 96; rseq 334 293
membarrier 324 283; sched_yield 24 124; sched_getaffinity 204 123; exit 60 93; exit_group 231 94
restart_syscall 219 128; rt_sigaction 13 134; rt_sigprocmask 14 135; rt_sigreturn 15 139
sigaltstack 131 132; clock_gettime 228 113; clock_getres 229 114; clock_nanosleep 230 115
nanosleep 35 101; gettimeofday 96 169; time 201 -; times 100 153; getpid 39 172; gettid 186 178
getuid 102 174; geteuid 107 175; getgid 104 176; getegid 108 177; getrandom 318 278; uname 63 160
sysinfo 99 179; getrusage 98 165; getrlimit 97 163; setrlimit 160 164; sendto 44 206; sendmsg 46 211
recvfrom 45 207; recvmsg 47 212; poll 7 -; ppoll 271 73; select 23 -; pselect6 270 72
"""
"""Name, number on x86-64, number on 64-bit ARM."""
_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
"""Which column of numbers, and how the kernel's audit calls the machine."""
_OPENAT, _CLONE, _KILL, _TGKILL, _PRLIMIT = (257, 56), (56, 220), (62, 129), (234, 131), (302, 261)
_TEMPORARY = os.O_TMPFILE & ~os.O_DIRECTORY
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND | _TEMPORARY
_THREAD = 0x00010000  # CLONE_THREAD

_LOAD, _EQUAL, _ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
_ALLOW, _KILL_PROCESS, _NO_SUCH_CALL = 0x7FFF0000, 0x80000000, 0x00050000 | 38
_SET_MODE_FILTER, _ALL_THREADS = 1, 1
_SECCOMP = (317, 277)


class _Program(ctypes.Structure):
    """``struct sock_fprog``."""

    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def leave_only_reading(*, may_open: bool) -> bool:
    """Leave this process what reading needs. ``may_open``: files may still be opened, for reading only.

    Needs "no new privileges". Returns False where the kernel, or the machine, knows no such filter.
    """
    machine = _MACHINES.get(platform.machine())
    if machine is None:
        return False
    column, architecture = machine
    code = _filter(column, architecture, may_open=may_open)
    program = _Program(len(code) // 8, code)
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.syscall(_SECCOMP[column], _SET_MODE_FILTER, _ALL_THREADS, ctypes.byref(program)) == 0)


def _filter(column: int, architecture: int, *, may_open: bool) -> bytes:
    own = os.getpid()
    steps = [
        _step(_LOAD, _ARCHITECTURE),
        _step(_EQUAL, architecture, if_true=1),
        _step(_RETURN, _KILL_PROCESS),
        _step(_LOAD, _NUMBER),
        *_if_argument(_CLONE[column], 0, [_step(_ANY_BIT, _THREAD, if_false=1)]),
        *_if_argument(_KILL[column], 0, [_step(_EQUAL, own, if_false=1)]),
        *_if_argument(_TGKILL[column], 0, [_step(_EQUAL, own, if_false=1)]),
        *_if_argument(_PRLIMIT[column], 0, [_step(_EQUAL, 0, if_true=1), _step(_EQUAL, own, if_false=1)]),
    ]
    if may_open:
        steps += _if_argument(_OPENAT[column], 2, [_step(_ANY_BIT, _WRITES, if_true=1)])
    for number in _numbers(column):
        steps += [_step(_EQUAL, number, if_false=1), _step(_RETURN, _ALLOW)]
    return b"".join([*steps, _step(_RETURN, _NO_SUCH_CALL)])


def _if_argument(number: int, argument: int, tests: list[bytes]) -> list[bytes]:
    """Judge a call by the low half of an argument: the tests end on the first step after them, or past it."""
    return [
        _step(_EQUAL, number, if_false=len(tests) + 3),
        _step(_LOAD, _FIRST_ARGUMENT + 8 * argument),
        *tests,
        _step(_RETURN, _ALLOW),
        _step(_RETURN, _NO_SUCH_CALL),
    ]


def _numbers(column: int) -> list[int]:
    calls = (call.split() for line in _ALLOWED.splitlines() for call in line.split(";") if call.strip())
    return [int(numbers[column]) for _name, *numbers in calls if numbers[column] != "-"]


def _step(code: int, value: int, *, if_true: int = 0, if_false: int = 0) -> bytes:
    """Return one ``struct sock_filter``; the jumps count steps that are left out."""
    return struct.pack("=HBBI", code, if_true, if_false, value & 0xFFFFFFFF)
