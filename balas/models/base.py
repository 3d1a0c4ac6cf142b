"""Column types and conventions shared by all rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, LargeBinary, MetaData, String, Text
from sqlalchemy.dialects import mysql
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC in Python; DATETIME(6) on MySQL, whose plain DATETIME drops fractions."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        if dialect.name in {"mysql", "mariadb"}:
            return dialect.type_descriptor(mysql.DATETIME(fsp=6))
        return dialect.type_descriptor(DateTime())

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        # The text SQLAlchemy writes too, in a tenth of its time: a letter has four of them.
        return _sqlite_text if dialect.name == "sqlite" else super().bind_processor(dialect)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


def _sqlite_text(value: datetime | None) -> str | None:
    return None if value is None else value.astimezone(UTC).isoformat(" ", "microseconds")[:26]


def exact(length: int) -> Any:
    """A string compared byte for byte: MySQL's default collations fold case and accents, and ids differ by both."""
    binary = mysql.VARCHAR(length, charset="utf8mb4", collation="utf8mb4_bin")
    return String(length).with_variant(binary, "mysql", "mariadb")


# A WhatsApp text may hold 65,536 characters; MySQL's TEXT ends at 65,535 bytes.
long_text: Any = Text().with_variant(mysql.MEDIUMTEXT(charset="utf8mb4"), "mysql", "mariadb")
blob: Any = LargeBinary().with_variant(mysql.MEDIUMBLOB(), "mysql", "mariadb")
big_id: Any = BigInteger().with_variant(Integer(), "sqlite")  # SQLite autoincrements INTEGER keys only

RowId = Annotated[int, mapped_column(big_id, primary_key=True, autoincrement=True)]
Moment = Annotated[datetime, mapped_column(UtcDateTime)]


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    __table_args__: Any = {  # noqa: RUF012 a tuple in subclasses
        "mysql_charset": "utf8mb4",
        "mysql_engine": "InnoDB",
        # SQLite would give the id of a row that is gone to the next one, and a request or a job may still name it.
        "sqlite_autoincrement": True,
    }


class Leased(Base):
    """A row that one worker at a time works on, see `balas.database.claims`."""

    __abstract__ = True

    id: Mapped[RowId]
    lease_token: Mapped[str | None] = mapped_column(exact(16))
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
