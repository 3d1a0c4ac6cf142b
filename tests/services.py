"""`make test`: private servers on free ports from installed binaries, then the whole suite.

usage: python -m tests.services [pytest arguments]
Missing binaries are installed with apt-get where we are root; what still cannot be had is left out, and said so last.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

SBIN = ("/usr/sbin", "/usr/local/sbin")
PROCESSES = "2"  # of pytest: with a third one tests that measure time are disturbed

PACKAGES = {
    "mariadbd": "mariadb-server",
    "mysqld": "MySQL server",
    "redis-server": "redis-server",
    "chromium": "chromium",
    "tesseract": "tesseract-ocr",
    "faketime": "faketime",
}
MARKS = {
    "mariadbd": "mysql",
    "mysqld": "oracle",
    "redis-server": "redis",
    "chromium": "browser",
    "tesseract": "ocr",
    "faketime": "clock",
}
READY_SECONDS = 60.0


class NotAvailable(Exception):
    """Why a server is not there."""


@dataclass
class LeftOut:
    name: str
    reason: str


def find(binary: str) -> str | None:
    return shutil.which(binary) or shutil.which(binary, path=os.pathsep.join(SBIN))


def provide(binary: str) -> str:
    """The binary's path; installs Debian's package when it is missing and we may."""
    found = find(binary)
    if found:
        return found
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise NotAvailable(f"{binary} is not installed; install {PACKAGES[binary]}")
    print(f"installing {PACKAGES[binary]} ...", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", PACKAGES[binary]],
    ):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise NotAvailable(f"{' '.join(command[:2])} failed: {done.stderr.strip()[-200:]}")
    found = find(binary)
    if not found:
        raise NotAvailable(f"{PACKAGES[binary]} holds no {binary}")
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        with socket.socket() as probe:
            probe.settimeout(0.5)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise NotAvailable(f"did not start: {log.read_text(errors='replace')[-300:]}")


@contextmanager
def mariadb(folder: Path) -> Iterator[dict[str, str]]:
    server = provide("mariadbd")
    install = find("mariadb-install-db")
    if install is None:
        raise NotAvailable("mariadb-install-db is missing")
    data, log, port = folder / "mariadb", folder / "mariadb.log", free_port()
    user = ["--user=root"] if os.geteuid() == 0 else []
    subprocess.run(
        [install, "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal", *user],
        check=True,
        capture_output=True,
    )
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                server,
                "--no-defaults",
                f"--datadir={data}",
                f"--port={port}",
                "--bind-address=127.0.0.1",
                f"--socket={folder}/mariadb.sock",
                "--skip-log-bin",
                "--innodb-flush-log-at-trx-commit=1",
                "--innodb-buffer-pool-size=128M",
                "--max-connections=200",
                *user,
            ],
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_for(port, process, log)
        yield {"TEST_MYSQL_URL": f"mysql://root@127.0.0.1:{port}/"}
    finally:
        stop(process)


@contextmanager
def redis(folder: Path) -> Iterator[dict[str, str]]:
    server, log, port = provide("redis-server"), folder / "redis.log", free_port()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [server, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)],
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_for(port, process, log)
        yield {"TEST_REDIS_URL": f"redis://127.0.0.1:{port}/0"}
    finally:
        stop(process)


@contextmanager
def chromium(_folder: Path) -> Iterator[dict[str, str]]:
    yield {"TEST_CHROMIUM": provide("chromium")}


@contextmanager
def tesseract(_folder: Path) -> Iterator[dict[str, str]]:
    provide("tesseract")
    yield {}


@contextmanager
def faketime(_folder: Path) -> Iterator[dict[str, str]]:
    yield {"TEST_FAKETIME": provide("faketime")}


def stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def mysqld(folder: Path) -> Iterator[dict[str, str]]:
    from tests.oracle_mysql import oracle_mysql

    with oracle_mysql(folder) as environment:
        yield environment


Service = Callable[[Path], AbstractContextManager[dict[str, str]]]
SERVICES: dict[str, Service] = {
    "mariadbd": mariadb,
    "mysqld": mysqld,
    "redis-server": redis,
    "chromium": chromium,
    "tesseract": tesseract,
    "faketime": faketime,
}


def main(arguments: list[str]) -> int:
    left_out: list[LeftOut] = []
    environment = dict(os.environ)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="balas-tests-")))
        for name, start in SERVICES.items():
            try:
                environment.update(stack.enter_context(start(folder)))
            except (NotAvailable, subprocess.CalledProcessError, OSError) as error:
                left_out.append(LeftOut(PACKAGES[name], str(error).replace("\n", " ")))
        marks = " and ".join(f"not {MARKS[name]}" for name in SERVICES if PACKAGES[name] in {x.name for x in left_out})
        shared = ["-n", PROCESSES, "--dist", "worksteal"]
        command = [sys.executable, "-m", "pytest", "-q", *shared, "--durations=15", *arguments]
        if marks:
            command += ["-m", marks]
        code = subprocess.run(command, env=environment, check=False).returncode
    for item in left_out:
        print(f"left out: {item.name} ({item.reason})")
    if not left_out:
        print("left out: nothing")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
