"""PyMySQL's connection, without what it does anew for every statement.

PyMySQL is Python, and takes longer for some things than all that is around them. It reads what each column of a reply
is called and holds packet by packet, though the server says it in the same bytes each time; and it escapes by letter.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pymysql import connections

_HEADER = 4  # three bytes of length, one that counts the packets
_MOST_KNOWN = 4096

_Connection: Any = connections.Connection  # what is read here stands in no hints of its types
_Result: Any = connections.MySQLResult
_Columns = tuple[Any, Any, Any]  # as PyMySQL keeps them with a reply: fields, converters, description


class SparingConnection(_Connection):  # type: ignore[misc]
    """Safe for connections that all have the same character set and converters, as an engine's have."""

    def __init__(self, *given: Any, known: dict[bytes, _Columns], **options: Any) -> None:
        self.known = known
        super().__init__(*given, **options)

    def escape(self, obj: Any, mapping: Any = None) -> str:
        """A value as it stands in a statement. Within single quotes only the quote and, by the `sql_mode` that every
        session of an engine has, the backslash are more than themselves."""
        if isinstance(obj, str):
            return "'" + obj.replace("\\", "\\\\").replace("'", "''") + "'"
        if obj is None:
            return "NULL"
        if type(obj) is datetime:
            return f"'{obj.replace(tzinfo=None).isoformat(' ')}'"
        escaped: str = super().escape(obj, mapping)
        return escaped

    def _read_query_result(self, unbuffered: bool = False) -> Any:
        if unbuffered:
            return super()._read_query_result(unbuffered)
        self._result = None
        result = _Reply(self)
        result.read()
        self._result = result
        if result.server_status is not None:
            self.server_status = result.server_status
        return result.affected_rows


class _Reply(_Result):  # type: ignore[misc]
    fields: Any
    converters: Any
    description: Any

    def _get_descriptions(self) -> None:
        connection = self.connection
        said = _said(connection, self.field_count + 1)  # the columns and what ends them
        columns = connection.known.get(said)
        if columns is None:
            super()._get_descriptions()
            if said and len(connection.known) < _MOST_KNOWN:
                connection.known[said] = self.fields, self.converters, self.description
            return
        connection._rfile.read(len(said))
        connection._next_seq_id = (connection._next_seq_id + self.field_count + 1) % 256
        self.fields, self.converters, self.description = columns


def _said(connection: SparingConnection, packets: int) -> bytes:
    """So many packets as they came; nothing where they are not all here yet."""
    try:
        here: bytes = connection._rfile.peek()
    except OSError:
        return b""  # whoever reads on meets it as well, and has the right words for it
    end = 0
    for _ in range(packets):
        end += _HEADER + int.from_bytes(here[end : end + _HEADER - 1], "little")
        if end > len(here):
            return b""
    return here[:end]
