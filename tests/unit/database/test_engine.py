from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from balas.database.engine import Database
from balas.errors import ConfigurationRefused

SERVER = "mysql+pymysql://balas@127.0.0.1:1"


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/", "names no database"),
        ("/balas?ssl-mode=REQUIRED", "unknown option ssl-mode"),
        ("/balas?sslaccept=strict", "unknown option sslaccept"),
        ("/balas?connect_timeout=soon", "value of an option"),
        ("/balas?ssl_ca=/no/such/ca.pem", "no file /no/such/ca.pem for ssl_ca"),
    ],
)
def test_an_address_that_no_server_could_answer_is_refused(address: str, said: str) -> None:
    """What managed databases print for other drivers is pasted here."""
    with pytest.raises(ConfigurationRefused, match=said) as refused:
        Database(f"{SERVER}{address}")
    assert refused.value.problems[0].startswith("DATABASE_URL: ")


def test_options_of_the_driver_are_taken(tmp_path: Path) -> None:
    certificate = tmp_path / "ca.pem"
    certificate.write_text("")
    for options in (
        f"ssl_ca={certificate}&ssl_check_hostname=false",
        "unix_socket=/run/mysqld.sock",
        "charset=utf8mb4",
    ):
        Database(f"{SERVER}/balas?{options}").close()


def test_what_a_reply_says_of_its_columns_is_read_right_each_time(mysql: Database) -> None:
    """Of a wide one it does not all lie in the buffer; two with the same names hold different things."""
    wide = ", ".join(f"{number} AS a_column_with_a_long_name_{number}" for number in range(400))
    replies: list[tuple[str, tuple[object, ...]]] = [
        (f"SELECT {wide}", tuple(range(400))),
        ("SELECT 1 AS told, NULL AS nothing", (1, None)),
        ("SELECT 'satu' AS told, 'é' AS nothing", ("satu", "é")),
        ("SELECT DATE('2026-01-02') AS told", (date(2026, 1, 2),)),
        ("SELECT 1 AS told WHERE 1 = 0", ()),
    ]
    with mysql.reader.connect() as connection:
        for statement, expected in replies * 3:
            assert tuple(connection.exec_driver_sql(statement).first() or ()) == expected
