"""The process behind `sandbox.parse_isolated`: takes away its own rights, then reads one file."""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import resource
import signal
import sys
import time
from pathlib import Path
from typing import BinaryIO

import msgspec

from balas.errors import DocumentRejected
from balas.knowledge.parser import parse
from balas.knowledge.sandbox import Parsed, Reading, Rejected, Report, Task

PROGRESS_SECONDS = 0.25

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000


def main() -> int:
    # Libraries may write to standard output: the answer has a descriptor of its own.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    task = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Task)
    _die_with_parent(task.parent_id)
    _leave_network()
    _limit(task.memory_bytes, task.cpu_seconds)
    _say(answers, _result(task, answers))
    return 0


def _result(task: Task, answers: BinaryIO) -> Report:
    said, kind = time.monotonic() - PROGRESS_SECONDS, ""

    def progress(line: str) -> None:
        """Now and then, but at once when something else begins: a page of text recognition takes seconds."""
        nonlocal said, kind
        now = re.sub(r"\d+", "", line)
        if now != kind or time.monotonic() - said >= PROGRESS_SECONDS:
            said, kind = time.monotonic(), now
            _say(answers, Reading(line))

    try:
        of_website = task.of_website
        return Parsed(parse(task.name, task.content, task.file_type, task.title, progress, of_website=of_website))
    except DocumentRejected as rejected:
        return Rejected(str(rejected), rejected.status)
    except MemoryError:
        return Rejected("The file could not be read: it needs more memory than allowed. Split it.", 422)
    except Exception as error:  # noqa: BLE001 - a process edge: a reader's own fault must reach the parent as a refusal
        return Rejected(f"The file could not be read: its reader failed ({type(error).__name__}).", 422)


def _say(answers: BinaryIO, report: Report) -> None:
    answers.write(msgspec.json.encode(report) + b"\n")
    answers.flush()


def _die_with_parent(parent_id: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_id:  # it died before the call above
        os._exit(1)


def _leave_network() -> None:
    """An empty network namespace, where the kernel allows it; readers fetch nothing in the first place."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        if libc.unshare(_CLONE_NEWNET) != 0:
            libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)


def _limit(memory_bytes: int, cpu_seconds: int) -> None:
    ceiling = _address_space() + memory_bytes
    limits = (
        (resource.RLIMIT_AS, ceiling),
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    )
    for what, limit in limits:
        with contextlib.suppress(ValueError, OSError):  # macOS refuses RLIMIT_AS
            resource.setrlimit(what, (limit, limit))


def _address_space() -> int:
    """Bytes of address space in use: the interpreter and its libraries do not count against the file."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except OSError:
        return 512 * 1024 * 1024
    return pages * resource.getpagesize()


if __name__ == "__main__":
    sys.exit(main())
