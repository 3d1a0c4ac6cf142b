"""Which of the installed languages a page is read in: each one more makes Tesseract slower and more often wrong."""

from __future__ import annotations

import re
from collections.abc import Sequence

TOGETHER = 3

_SCRIPT = re.compile(rb"^Script: (\w+)", re.MULTILINE)
# As Tesseract's own detection names the scripts; every other language is written in Latin letters.
_SCRIPTS = {
    "Arabic": ("ara", "fas", "urd", "pus", "uig", "kur_ara", "snd"),
    "Armenian": ("hye",),
    "Bengali": ("ben", "asm"),
    "Cyrillic": ("rus", "ukr", "bul", "srp", "mkd", "bel", "kaz", "mon", "kir", "tgk", "tat"),
    "Devanagari": ("hin", "mar", "nep", "san"),
    "Ethiopic": ("amh", "tir"),
    "Georgian": ("kat",),
    "Greek": ("ell", "grc"),
    "Gujarati": ("guj",),
    "Gurmukhi": ("pan",),
    "Han": ("chi_sim", "chi_tra", "jpn"),
    "Hangul": ("kor",),
    "Hebrew": ("heb", "yid"),
    "Japanese": ("jpn",),
    "Kannada": ("kan",),
    "Khmer": ("khm",),
    "Korean": ("kor",),
    "Lao": ("lao",),
    "Malayalam": ("mal",),
    "Myanmar": ("mya",),
    "Oriya": ("ori",),
    "Sinhala": ("sin",),
    "Tamil": ("tam",),
    "Telugu": ("tel",),
    "Thai": ("tha",),
}
_OTHER_SCRIPTS = frozenset(code for codes in _SCRIPTS.values() for code in codes)
_BY_ISO = {
    "af": "afr", "az": "aze", "ca": "cat", "cs": "ces", "da": "dan", "de": "deu", "en": "eng", "es": "spa", "et": "est",
    "eu": "eus", "fi": "fin", "fr": "fra", "gl": "glg", "hr": "hrv", "hu": "hun", "id": "ind", "is": "isl", "it": "ita",
    "jv": "jav", "lt": "lit", "lv": "lav", "ms": "msa", "nl": "nld", "no": "nor", "nb": "nor", "pl": "pol", "pt": "por",
    "ro": "ron", "sk": "slk", "sl": "slv", "sq": "sqi", "sv": "swe", "sw": "swa", "tl": "tgl", "tr": "tur", "vi": "vie",
}  # fmt: skip


def script(orientation: bytes) -> str:
    """Out of what Tesseract says of a page's orientation and script."""
    found = _SCRIPT.search(orientation)
    return found[1].decode("ascii", "replace") if found else "Latin"


def of_script(name: str, installed: Sequence[str]) -> list[str]:
    """The installed languages of a script, with English for the names and numbers between; all Latin ones else."""
    latin = [code for code in installed if code not in _OTHER_SCRIPTS]
    latin.sort(key=lambda code: code != "eng")
    codes = [code for code in _SCRIPTS.get(name, ()) if code in installed][: TOGETHER - 1]
    if not codes:
        return latin or list(installed[:TOGETHER])
    return [*codes, *(["eng"] if "eng" in installed else [])]


def of_text(text: str, candidates: Sequence[str]) -> list[str]:
    """The language of a first reading, with English, among those installed."""
    from balas.rag.words.language import detect  # noqa: PLC0415 - half a second that only machines of many languages pay

    found = _BY_ISO.get(detect(text), "") if text.strip() else ""
    return list(dict.fromkeys(code for code in (found, "eng") if code in candidates)) or list(candidates[:TOGETHER])
