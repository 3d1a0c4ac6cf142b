"""Tracebacks for the log: where an error happened and of which kind it is, without the values that errors quote."""

from __future__ import annotations

import traceback
from collections.abc import Iterator

# "Duplicate entry 'default-6281…@c.us'", "invalid literal for int(): …", KeyError('6281…'), pydantic's input_value.
_QUOTING = (ValueError, LookupError)
_DRIVERS = {"sqlalchemy", "pymysql", "sqlite3"}
_CAUSE = "\nThe above exception was the direct cause of the following exception:\n\n"
_CONTEXT = "\nDuring handling of the above exception, another exception occurred:\n\n"


def traceback_of(error: BaseException) -> str:
    """With all that led to it. No local variables: they are the messages and numbers that are worked on."""
    return "".join(_lines(error, set())).rstrip("\n")


def _lines(error: BaseException, told: set[int]) -> Iterator[str]:
    told.add(id(error))
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None and id(before) not in told:
        yield from _lines(before, told)
        yield _CAUSE if error.__cause__ is not None else _CONTEXT
    yield "Traceback (most recent call last):\n"
    yield from traceback.format_tb(error.__traceback__)
    yield _kind(error)
    for one in error.exceptions if isinstance(error, BaseExceptionGroup) else ():
        yield "One of the group:\n"
        yield from _lines(one, told)


def _kind(error: BaseException) -> str:
    kind = type(error)
    is_of_driver = any(one.__module__.partition(".")[0] in _DRIVERS for one in kind.__mro__)
    if not is_of_driver and not isinstance(error, _QUOTING):
        return "".join(traceback.format_exception_only(error))
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    code = _code(getattr(error, "orig", None) or error) if is_of_driver else None  # KeyError(6281…) has one as well
    return f"{name}\n" if code is None else f"{name}: {code}\n"


def _code(error: BaseException) -> int | str | None:
    """Of a driver's error: MySQL's number or SQLite's name."""
    number = error.args[0] if error.args else None
    name: str | None = getattr(error, "sqlite_errorname", None)
    return number if isinstance(number, int) else name
