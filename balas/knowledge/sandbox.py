"""Parsing in a child process: whatever a file does to its reader, the worker survives."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from typing import IO

import msgspec

from balas.errors import DocumentRejected
from balas.knowledge.files import FileType
from balas.knowledge.readers import Progress, tesseract
from balas.values import ParsedDocument

WALL_SECONDS = 60.0
RECOGNITION_WALL_SECONDS = WALL_SECONDS + tesseract.TOTAL_SECONDS + tesseract.PAGE_SECONDS
MEMORY_BYTES = 512 * 1024 * 1024
MAX_ANSWER_BYTES = 64 * 1024 * 1024


class Task(msgspec.Struct):
    """What the child is asked, as one MessagePack value on its standard input."""

    name: str
    content: bytes
    file_type: FileType
    title: str | None
    parent_id: int
    memory_bytes: int
    cpu_seconds: int
    of_website: bool = False


class Reading(msgspec.Struct, tag="reading"):
    line: str


class Parsed(msgspec.Struct, tag="parsed"):
    document: ParsedDocument


class Rejected(msgspec.Struct, tag="rejected"):
    detail: str
    status: int


Report = Reading | Parsed | Rejected
"""What the child says, one JSON value a line: any number of `Reading`, then one of the others."""


def parse_isolated(
    name: str,
    content: bytes,
    file_type: FileType,
    title: str | None = None,
    progress: Progress = lambda line: None,
    *,
    wall_seconds: float | None = None,
    memory_bytes: int = MEMORY_BYTES,
    of_website: bool = False,
) -> ParsedDocument:
    """`parser.parse` in a child with limited memory and time, and without a network where the system allows that.

    `wall_seconds`: None for as long as files of this type may take.
    """
    recognises = file_type.may_be_recognised and tesseract.program() is not None
    if wall_seconds is None:
        wall_seconds = RECOGNITION_WALL_SECONDS if recognises else WALL_SECONDS
    # Text recognition runs in processes of its own, each with as much time again; what it waits for costs none.
    task = Task(
        name, content, file_type, title, os.getpid(), memory_bytes, int(min(wall_seconds, WALL_SECONDS)) + 1, of_website
    )
    child = _start()
    late = threading.Event()

    def kill() -> None:
        late.set()
        child.kill()

    watch = threading.Timer(wall_seconds, kill)
    watch.start()
    try:
        return _converse(child, task, progress)
    except _Silent as silent:
        if late.is_set():
            raise DocumentRejected(
                f"The file could not be read: it took longer than {wall_seconds:.0f} seconds."
            ) from silent
        raise DocumentRejected(f"The file could not be read: {_last_words(child)}.") from silent
    finally:
        watch.cancel()
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                _close(pipe)


class _Silent(Exception):
    """The child ended without an answer."""


def _start() -> subprocess.Popen[bytes]:
    # Nothing of our environment is handed on: it holds keys, and a reader needs none.
    environment = {
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "PYTHONUTF8": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PATH": os.path.dirname(tesseract.program() or ""),  # noqa: PTH120 - "" stays "", not "."
    }
    command = [sys.executable, "-m", "balas.knowledge.sandbox_child"]
    return subprocess.Popen(  # noqa: S603
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, cwd="/"
    )


def _converse(child: subprocess.Popen[bytes], task: Task, progress: Progress) -> ParsedDocument:
    if child.stdin is None or child.stdout is None:
        raise _Silent
    try:
        child.stdin.write(msgspec.msgpack.encode(task))
        child.stdin.close()
    except BrokenPipeError as error:
        raise _Silent from error
    decoder = msgspec.json.Decoder(Report)
    while line := child.stdout.readline(MAX_ANSWER_BYTES):
        try:
            report = decoder.decode(line)
        except msgspec.MsgspecError as error:
            raise _Silent from error
        if isinstance(report, Parsed):
            return report.document
        if isinstance(report, Rejected):
            raise DocumentRejected(report.detail, report.status)
        progress(report.line)
    raise _Silent


def _last_words(child: subprocess.Popen[bytes]) -> str:
    """Why a child that said nothing ended. A library that gets no memory aborts or crashes instead of raising."""
    try:
        code = child.wait(timeout=5)
    except subprocess.TimeoutExpired:
        return "its reader gave no sensible answer"
    if code == -signal.SIGXCPU:
        return "it takes too long to read. Split it"
    if code < 0:
        return "it is damaged, or needs more memory than allowed. Split it, or save it again"
    return "its reader broke down"


def _close(pipe: IO[bytes]) -> None:
    try:
        pipe.close()
    except BrokenPipeError:
        return
