"""A real MySQL server: Debian's stable releases have only MariaDB, so it is taken from the development branch.

It is unpacked into a folder of our own and run with its own loader and libraries; nothing is installed on the machine.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.services import NotAvailable, free_port, stop, wait_for

CACHE = Path(__file__).parents[1] / ".test-services" / "mysql"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
DOWNLOAD_SECONDS = 240


@contextmanager
def oracle_mysql(folder: Path) -> Iterator[dict[str, str]]:
    root = _unpacked()
    data, log, port = folder / "mysql", folder / "mysql.log", free_port()
    server = [
        *(str(root / "usr/lib64/ld-linux-x86-64.so.2"), "--library-path", str(root / "usr/lib/x86_64-linux-gnu")),
        *(str(root / "usr/sbin/mysqld"), "--no-defaults", f"--basedir={root / 'usr'}", f"--datadir={data}"),
        f"--lc-messages-dir={root / 'usr/share/mysql'}",
        f"--character-sets-dir={root / 'usr/share/mysql/charsets'}",
        f"--plugin-dir={root / 'usr/lib/mysql/plugin'}",
        *("--user=root", "--secure-file-priv=NULL"),
    ]
    with log.open("wb") as output:
        subprocess.run([*server, "--initialize-insecure"], check=True, stdout=output, stderr=output, timeout=120)
        process = subprocess.Popen(
            [
                *server,
                f"--port={port}",
                "--bind-address=127.0.0.1",
                f"--socket={folder}/mysql.sock",
                "--mysqlx=OFF",
                "--skip-log-bin",
                "--innodb-flush-log-at-trx-commit=1",
            ],
            stdout=output,
            stderr=output,
        )
    try:
        wait_for(port, process, log)
        yield {"TEST_ORACLE_MYSQL_URL": f"mysql://root@127.0.0.1:{port}/"}
    finally:
        stop(process)


def _unpacked() -> Path:
    """The server's files, downloaded once."""
    root = CACHE / "root"
    if (root / "usr/sbin/mysqld").exists():
        return root
    if shutil.which("apt-get") is None or not Path(KEYRING).exists():
        raise NotAvailable("a MySQL server is taken from Debian's packages, and this is no Debian")
    lists = CACHE / "apt"
    for name in ("lists/partial", "cache/archives/partial", "etc"):
        (lists / name).mkdir(parents=True, exist_ok=True)
    site = _output(["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]).split()
    if not site:
        raise NotAvailable("apt-get knows no package lists; run apt-get update")
    source = f"Types: deb\nURIs: {site[0]}\nSuites: sid\nComponents: main\nSigned-By: {KEYRING}\n"
    (lists / "etc/sid.sources").write_text(source)
    options = [f"Dir::State::lists={lists}/lists", f"Dir::Cache={lists}/cache", "Dir::Etc::sourcelist=/dev/null"]
    options += [f"Dir::Etc::sourceparts={lists}/etc", "Dir::State::status=/dev/null", "Acquire::Languages=none"]
    apt = ["apt-get", "-qq", *(word for option in options for word in ("-o", option))]
    _output([*apt, "update"])
    _output([*apt, "install", "-y", "--download-only", "--no-install-recommends", "mysql-server-core"])
    unpacking = CACHE / "unpacking"
    shutil.rmtree(unpacking, ignore_errors=True)
    for package in sorted((lists / "cache/archives").glob("*.deb")):
        subprocess.run(["dpkg-deb", "-x", str(package), str(unpacking)], check=False, capture_output=True)
    if not (unpacking / "usr/sbin/mysqld").exists():
        raise NotAvailable("the downloaded packages hold no mysqld")
    unpacking.rename(root)
    shutil.rmtree(lists)
    return root


def _output(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=DOWNLOAD_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise NotAvailable(f"{command[0]} took longer than {DOWNLOAD_SECONDS} s") from error
    if done.returncode != 0:
        raise NotAvailable(f"{command[0]} failed: {done.stderr.strip()[-200:]}")
    return done.stdout
