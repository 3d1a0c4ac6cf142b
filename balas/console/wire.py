"""The log of calls between WhatsApp's side and ours, line by line."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from balas.console.pages import macro
from balas.console.phones import Entry, Phones
from balas.console.wording import LocalTime

WEBHOOK_PATH = "/api/webhook"
LINES = 120
LOOKED_AT = 600  # log entries; most are not calls
_TOKEN = re.compile(r'(?P<string>"(?:[^"\\]|\\.)*")(?P<colon>\s*:)?|(?P<word>\b(?:true|false|null)\b|-?\d[\d.eE+-]*)')


@dataclass(frozen=True, slots=True)
class Line:
    """One call. `parts` are its bodies by name, JSON-ready."""

    seq: int
    inward: bool  # from WhatsApp's side to us
    method: str
    path: str
    what: str  # the event's name, or what is said of a fault
    status: int | None  # 0: no answer came
    milliseconds: float | None
    at_clock: str
    parts: dict[str, Any]

    @property
    def tone(self) -> str:
        if self.status is None:
            return "none"
        return "good" if 200 <= self.status < 300 else "bad"


def lines(phones: Phones, time: LocalTime) -> list[Line]:
    """The newest calls, oldest first."""
    entries = phones.log_since(max(phones.log.seq - LOOKED_AT, 0), LOOKED_AT)
    return [line(entry, time) for entry in entries if entry.kind in {"webhook", "api", "fault"}][-LINES:]


def find(phones: Phones, seq: int, time: LocalTime) -> Line | None:
    found = phones.log_since(seq - 1, 1)
    return line(found[0], time) if found and found[0].seq == seq else None


def line(entry: Entry, time: LocalTime) -> Line:
    detail = entry.detail
    inward = entry.kind == "webhook"
    what = str(detail.get("event") or "")
    if entry.kind == "fault":
        what = "on purpose: " + (", ".join(f"{name} {value}" for name, value in detail.items()))
    if again := detail.get("attempt"):
        what += f", try {again + 1}"
    return Line(
        seq=entry.seq,
        inward=inward,
        method="POST" if inward else str(detail.get("method", "")),
        path=WEBHOOK_PATH if inward else str(detail.get("path", "")),
        what=what,
        status=detail.get("status") if entry.kind != "fault" else None,
        milliseconds=detail.get("ms"),
        at_clock=time.seconds(entry.at),
        parts={name: detail[name] for name in ("failure", "body") if detail.get(name)},
    )


def items(found: Sequence[Line]) -> tuple[tuple[str, str], ...]:
    """The children of the list of calls: (element id, html)."""
    draw = macro("_wire.html", "call")
    return tuple((f"call-{one.seq}", str(draw(one))) for one in found)


def json_html(value: object) -> Markup:
    """Indented JSON with its names, strings and other values marked for colour."""
    text = json.dumps(value, indent=2, ensure_ascii=False, default=str)
    parts: list[str] = []
    end = 0
    for match in _TOKEN.finditer(text):
        parts.append(str(escape(text[end : match.start()])))
        css = "j-name" if match["colon"] else "j-string" if match["string"] else "j-other"
        parts.append(f'<span class="{css}">{escape(match["string"] or match["word"])}</span>{match["colon"] or ""}')
        end = match.end()
    parts.append(str(escape(text[end:])))
    return Markup("".join(parts))  # noqa: S704 every part was escaped
