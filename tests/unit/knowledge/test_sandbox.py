"""The child process that reads: its limits, its end, and what it may see."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from balas.errors import DocumentRejected
from balas.knowledge.files import FileType
from balas.knowledge.sandbox import parse_isolated
from tests.unit.knowledge.document_files import lines, pdf, saved, texts, word, workbook

SLOW = pdf(*[lines(*["Kalimat ini cukup panjang untuk mengisi satu baris halaman."] * 50)] * 1_900)


def children(parent_id: int) -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            reading = b"sandbox_child" in (folder / "cmdline").read_bytes()
        except (OSError, IndexError):
            continue
        if parent == parent_id and reading:
            found.append(int(folder.name))
    return found


def may_leave_network() -> bool:
    """Whether this process holds CAP_SYS_ADMIN, which containers often take even from root."""
    capabilities = Path("/proc/self/status").read_text().partition("CapEff:")[2].split()[0]
    return bool(int(capabilities, 16) >> 21 & 1)


def wait_for_child(parent_id: int) -> int:
    until = time.monotonic() + 15
    while time.monotonic() < until:
        if found := children(parent_id):
            return found[0]
        time.sleep(0.02)
    raise AssertionError("no child was started")


def wait_for_reading(child_id: int) -> None:
    """Until the child has taken away its rights: the last is that to write files."""
    until = time.monotonic() + 15
    while time.monotonic() < until:
        limits = Path(f"/proc/{child_id}/limits").read_text()
        if "Max file size             0 " in limits:
            return
        time.sleep(0.02)
    raise AssertionError("the child never limited itself")


@pytest.fixture
def slow_reading() -> Iterator[tuple[int, list[BaseException]]]:
    """A child at work, and what its parent's call raised once it ended."""
    raised: list[BaseException] = []

    def call() -> None:
        try:
            parse_isolated("a.pdf", SLOW, FileType.PDF)
        except DocumentRejected as refused:
            raised.append(refused)

    thread = threading.Thread(target=call)
    thread.start()
    child = wait_for_child(os.getpid())
    wait_for_reading(child)
    yield child, raised
    for left in children(os.getpid()):
        os.kill(left, signal.SIGKILL)
    thread.join(15)


def test_documents_come_back_whole() -> None:
    content = saved(word(("Jam", "Heading 1"), "Buka jam 8.", "ครับ 字 é"))
    document = parse_isolated("a.docx", content, FileType.DOCX, title="Panduan")
    assert document.title == "Panduan"
    assert texts(document) == ["Jam", "Buka jam 8.", "ครับ 字 é"]
    assert document.blocks[0].heading_level == 1


def test_refusals_come_back_as_they_are() -> None:
    with pytest.raises(DocumentRejected, match="2,500 pages") as refused:
        parse_isolated("a.pdf", pdf(*[[]] * 2_500), FileType.PDF)
    assert refused.value.status == 413


def test_progress_is_told() -> None:
    heard: list[str] = []
    parse_isolated("a.pdf", pdf(*[lines("Halo")] * 3), FileType.PDF, progress=heard.append)
    parse_isolated("a.xlsx", saved(workbook(("A", [["x", "y"], ["1", "2"]]))), FileType.XLSX, progress=heard.append)
    assert heard[0] == "reading page 1 of 3"
    assert heard[-1] == "reading sheet 1 of 1"


def test_the_clock_ends_it() -> None:
    started = time.monotonic()
    with pytest.raises(DocumentRejected, match="took longer than 1 seconds"):
        parse_isolated("a.pdf", SLOW, FileType.PDF, wall_seconds=1)
    assert time.monotonic() - started < 4
    assert children(os.getpid()) == []


def test_memory_is_limited() -> None:
    content = ("Halo dunia apa kabar.\n\n" * 100_000).encode()
    with pytest.raises(DocumentRejected, match="memory"):
        parse_isolated("a.txt", content, FileType.TXT, memory_bytes=8 * 1024 * 1024)


def test_a_killed_child_is_a_refusal(slow_reading: tuple[int, list[BaseException]]) -> None:
    child, raised = slow_reading
    os.kill(child, signal.SIGSEGV)
    until = time.monotonic() + 10
    while not raised and time.monotonic() < until:
        time.sleep(0.02)
    assert "could not be read" in str(raised[0])


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_child_sees_neither_our_environment_nor_the_network(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "rahasia-sekali")
    child, _ = request.getfixturevalue("slow_reading")
    assert b"rahasia-sekali" not in Path(f"/proc/{child}/environ").read_bytes()
    status = Path(f"/proc/{child}/status").read_text()
    assert "NoNewPrivs:\t1" in status
    if may_leave_network():
        assert Path(f"/proc/{child}/ns/net").readlink() != Path("/proc/self/ns/net").readlink()
    limits = Path(f"/proc/{child}/limits").read_text()
    assert "Max file size             0 " in limits
    assert "Max core file size        0 " in limits


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can tie a child to its parent")
def test_the_child_dies_with_its_parent(tmp_path: Path) -> None:
    slow = tmp_path / "slow.pdf"
    slow.write_bytes(SLOW)
    code = (
        "import pathlib, sys; from balas.knowledge.sandbox import parse_isolated; "
        "from balas.knowledge.files import FileType; "
        "parse_isolated('a.pdf', pathlib.Path(sys.argv[1]).read_bytes(), FileType.PDF)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code, str(slow)])
    child = wait_for_child(parent.pid)
    wait_for_reading(child)
    os.kill(child, signal.SIGSTOP)  # or it might end by itself, of the pipe that nobody reads
    parent.kill()
    parent.wait()
    until = time.monotonic() + 1
    while Path(f"/proc/{child}").exists() and time.monotonic() < until:
        time.sleep(0.02)
    stat = Path(f"/proc/{child}/stat")
    gone = not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z"
    if not gone:
        os.kill(child, signal.SIGKILL)
    assert gone
