from __future__ import annotations

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
