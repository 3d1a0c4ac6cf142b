"""What a browser or a client posts as a form with files."""

from __future__ import annotations

import re
from typing import Any


def form_of(raw: bytes) -> dict[str, Any]:
    """The fields of a posted form: texts, and of a file its name and its bytes."""
    fields: dict[str, Any] = {}
    for part in raw.split(raw[: raw.index(b"\r\n")])[1:-1]:
        head, _, content = part.strip(b"\r\n").partition(b"\r\n\r\n")
        (name,) = re.findall(rb'[ ;]name="([^"]+)"', head)
        file = re.findall(rb'filename="([^"]+)"', head)
        fields[name.decode()] = (file[0].decode(), content) if file else content.decode()
    return fields
