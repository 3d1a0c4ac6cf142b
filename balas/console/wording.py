"""Figures as people read them. Pure."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


class LocalTime:
    """Times on the reader's clock, which is `offset` minutes ahead of UTC."""

    def __init__(self, offset: int) -> None:
        self.offset_minutes = offset
        self._offset = timedelta(minutes=offset)

    def clock(self, moment: datetime) -> str:
        return f"{moment + self._offset:%H:%M}"

    def seconds(self, moment: datetime) -> str:
        return f"{moment + self._offset:%H:%M:%S}"

    def day(self, moment: datetime, now: datetime) -> str:
        """ "Today", "Yesterday", the weekday within a week, else the date."""
        local, today = (moment + self._offset).date(), (now + self._offset).date()
        days = (today - local).days
        if days == 0:
            return "Today"
        if days == 1:
            return "Yesterday"
        if 1 < days < 7:
            return DAYS[local.weekday()]
        return f"{local.day} {MONTHS[local.month - 1]} {local.year}"

    def brief(self, moment: datetime, now: datetime) -> str:
        """For lists: the time of today's, the day of older ones."""
        day = self.day(moment, now)
        return self.clock(moment) if day == "Today" else day


# Country codes of one and two digits (ITU E.164); all others have three.
_SHORT_CODE = re.compile(r"[17]|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]")


def phone(digits: str | None) -> str:
    """A number in groups: +62 812-5550-1234, +234 803-1110-004."""
    if not digits:
        return ""
    digits = digits.lstrip("+")
    if not digits.isdigit() or len(digits) < 7:
        return digits
    if digits[0] == "1" and len(digits) == 11:
        return f"+1 {digits[1:4]}-{digits[4:7]}-{digits[7:]}"
    found = _SHORT_CODE.match(digits)
    length = found.end() if found else 3
    code, rest = digits[:length], digits[length:]
    groups = [rest[:3], *[rest[start : start + 4] for start in range(3, len(rest), 4)]]
    if len(groups) > 2 and len(groups[-1]) < 3:
        groups[-2:] = [groups[-2] + groups[-1]]
    return f"+{code} {'-'.join(group for group in groups if group)}"


def file_size(size: int) -> str:
    if size < 1000:
        return f"{size} bytes"
    if size < 1_000_000:
        return f"{size / 1000:.0f} KB"
    return f"{size / 1_000_000:.1f} MB"


def duration(milliseconds: float) -> str:
    if milliseconds < 1:
        return "<1 ms"
    if milliseconds < 1000:
        return f"{milliseconds:.0f} ms"
    if milliseconds < 60_000:
        return f"{milliseconds / 1000:.1f} s"
    return f"{milliseconds / 60_000:.0f} min"


def count(number: int, one: str, many: str | None = None) -> str:
    """ "1 passage", "2 passages"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def age(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} s"
    if seconds < 3600:
        return f"{seconds / 60:.0f} min"
    if seconds < 48 * 3600:
        return f"{seconds / 3600:.0f} h"
    return f"{seconds / 86_400:.0f} days"
