"""Keeping commands from the kernel's keyrings, in which keys of the caller may lie: keyrings(7).

A process has the session keyring of who started it, in a user namespace too. The sandbox gets a filter for system calls
(seccomp(2), "struct sock_filter" in linux/filter.h) by which the three calls that deal with keys fail with EPERM, as
containers do it too. A program of another architecture that the processor runs as well has its own numbers for them.
"""

from __future__ import annotations

import errno
import platform
import struct

# add_key, request_key, keyctl by AUDIT_ARCH_… (linux/audit.h): arch/x86/entry/syscalls/*.tbl,
# include/uapi/asm-generic/unistd.h, arch/arm/tools/syscall.tbl of the kernel.
_X86_64, _I386, _AARCH64, _ARM, _RISCV64 = 0xC000003E, 0x40000003, 0xC00000B7, 0x40000028, 0xC00000F3
_NUMBERS = {
    _X86_64: (248, 249, 250),
    _I386: (286, 287, 288),
    _AARCH64: (217, 218, 219),
    _ARM: (309, 310, 311),
    _RISCV64: (217, 218, 219),
}
_RUN_BY = {
    "x86_64": (_X86_64, _I386),
    "aarch64": (_AARCH64, _ARM),
    "riscv64": (_RISCV64,),
}
_X32 = 0x40000000  # bit in the numbers of x86-64's ABI with short pointers

_LOAD, _EQUAL, _RETURN, _AND = 0x20, 0x15, 0x06, 0x54  # BPF_LD|W|ABS, JMP|JEQ|K, RET|K, ALU|AND|K
_NUMBER_AT, _ARCHITECTURE_AT = 0, 4  # offsets in struct seccomp_data
_ALLOW, _FAIL = 0x7FFF0000, 0x00050000 | errno.EPERM


def keyring_numbers() -> tuple[int, int, int] | None:
    """Return what this machine calls add_key, request_key and keyctl by; None where it is not known."""
    architectures = _RUN_BY.get(platform.machine())
    return _NUMBERS[architectures[0]] if architectures else None


def keyring_filter() -> bytes | None:
    """Return the filter for this machine as bwrap's --seccomp takes it; None where the numbers are not known."""
    architectures = _RUN_BY.get(platform.machine())
    if architectures is None:
        return None
    program = [_step(_LOAD, _ARCHITECTURE_AT)]
    for architecture in architectures:
        tests = [_step(_LOAD, _NUMBER_AT), _step(_AND, ~_X32 & 0xFFFFFFFF)]
        numbers = _NUMBERS[architecture]
        for index, number in enumerate(numbers):
            tests.append(_step(_EQUAL, number, len(numbers) - index, 0))
        tests += [_step(_RETURN, _ALLOW), _step(_RETURN, _FAIL)]
        program += [_step(_EQUAL, architecture, 0, len(tests)), *tests]
    return b"".join([*program, _step(_RETURN, _ALLOW)])


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)
