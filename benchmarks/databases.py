"""MariaDB and Redis on free ports, away from the core of what is measured."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pymysql

from benchmarks.machine import OTHER_CORES
from tests.services import mariadb, redis

DATABASE = "balas_benchmark"


@contextmanager
def distributed(folder: Path) -> Iterator[dict[str, str]]:
    """Both servers, and the settings that name them. Raises `NotAvailable`."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, OTHER_CORES)  # children inherit it
    try:
        with redis(folder) as its, mariadb(folder) as sql:
            os.sched_setaffinity(0, before)
            url = sql["TEST_MYSQL_URL"]
            create(url)
            yield {"DATABASE_URL": f"{url}{DATABASE}", "REDIS_URL": its["TEST_REDIS_URL"]}
    finally:
        os.sched_setaffinity(0, before)


def create(url: str, name: str = DATABASE) -> None:
    """An empty database of this name."""
    parts = urlsplit(url)
    connection = pymysql.connect(host=parts.hostname, port=parts.port or 3306, user=parts.username)
    with connection, connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {name}")
        cursor.execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
