"""Servers of a test's own, to be stopped, killed and started again on the same port; a door that can be shut."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.services import NotAvailable, find, free_port, provide, stop, wait_for


class Server:
    def __init__(self, command: Sequence[str], port: int, log: Path) -> None:
        self.port = port
        self._command, self._log = command, log
        self.start()

    def start(self) -> None:
        with self._log.open("ab") as output:
            self.process = subprocess.Popen(self._command, stdout=output, stderr=subprocess.STDOUT)
        wait_for(self.port, self.process, self._log)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def restart(self) -> None:
        """As an administrator does: it says goodbye to its clients."""
        stop(self.process)
        self.start()

    def freeze(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        with suppress(ProcessLookupError):
            self.thaw()
        stop(self.process)


@contextmanager
def redis_server(folder: Path) -> Iterator[Server]:
    port = free_port()
    command = [provide("redis-server"), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    server = Server(command, port, folder / "redis.log")
    try:
        yield server
    finally:
        server.close()


@contextmanager
def mariadb_server(folder: Path) -> Iterator[Server]:
    """With a database named `balas`, for root without a password."""
    port, data, user = free_port(), folder / "mariadb", ["--user=root"] if os.geteuid() == 0 else []
    binary, install = provide("mariadbd"), find("mariadb-install-db")
    if install is None:
        raise NotAvailable("mariadb-install-db is missing")
    making = [install, "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal", *user]
    subprocess.run(making, check=True, capture_output=True)
    (data / "balas").mkdir()
    options = [f"--datadir={data}", f"--port={port}", "--bind-address=127.0.0.1", f"--socket={folder}/m.sock", *user]
    options += ["--skip-log-bin", "--innodb-flush-log-at-trx-commit=1", "--innodb-buffer-pool-size=64M"]
    server = Server([binary, "--no-defaults", *options, "--character-set-server=utf8mb4"], port, folder / "mariadb.log")
    try:
        yield server
    finally:
        server.close()


class Door:
    """Passes connections on to a port; while it is shut they are refused, and those that were open are cut."""

    def __init__(self, port: int, target: int) -> None:
        self._port, self._target = port, target
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self.open()

    def open(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self._port), backlog=256)
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def shut(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                caller, _ = listener.accept()
                callee = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                return
            for source, sink in ((caller, callee), (callee, caller)):
                threading.Thread(target=self._pass, args=(source, sink), daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket) -> None:
        with self._lock:
            self._open.add(source)
        with suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_RDWR)
        with self._lock:
            self._open.discard(source)
        source.close()
