"""Where sentences end, in the scripts that WhatsApp is written in: pure, linear, no model."""

from __future__ import annotations

import re
from collections.abc import Iterator

from balas.rag.words import cues

# After these a full stop is part of the word. Words that often end a sentence (etc., dll., dsb., usw.) are not here.
_WORDS = """
jl jln nr tel telp tlp hp fax gg kav kab kec kel rt rw prov tgl hlm hal bpk ny sdr sdri tn prof dr drs dra drg ir hj
kh st mr mrs ms sr sra jr bi bw mwl pt cv tbk rp idr a.n u.p d.a s.d d.h y.t.h yth attn approx dept vs inc ltd corp fig
vol ed
eds e.g i.e cf ca av avda núm num pág pag págs tlf uds ej p.ej apto apt bldg z.b bzw str evtl ggf inkl misal jan feb
mar apr jun jul aug agu ags sep sept oct okt nov dec des no
uzm yrd doç op cad mah sok tp ths ts bs gs bd ing lic dott sig dpto pza dña ул пл пер наб обл корп стр тел
мкр мкрн просп бул каб пос дер вул буд
"""
_ABBREVIATIONS = frozenset(_WORDS.split())

_CLOSERS = "\"'”’»」』）)]*_"
_CANDIDATE = re.compile(rf"\n+|[.!?…。！？｡।॥؟۔።។။]+[{re.escape(_CLOSERS)}]*|(?<=[\u0e00-\u0e7f]) +(?=[\u0e00-\u0e7f])")
_WIDE = frozenset("。！？｡।॥؟۔።។။")
# "Dt. Elif", "Cd. 5": cut to its consonants. After a figure it is a unit, and "TV." and "My." may end a sentence.
_TITLE = re.compile(r"(?<![\w.,])(?<!\d )[B-DF-HJ-NP-TV-XZБ-ДЖЗК-НП-ТФ-Щ][b-df-hj-np-tv-xzçşбвгджзк-нп-тф-щ]$")
_DATE = re.compile(r"[0-3]?\d\.[01]?\d")  # "am 31.12. ist geschlossen"
_UNIT = re.compile(r"\d\s[^\W\d_]$")  # "from 10 h to 19 h."
_WORD_BEFORE = re.compile(r"[^\s(\[\"'“‘«]*$")
_LIST_NUMBER = re.compile(r"(?:^|[\n(]|[:;,](?!\d))\s*[-*•]?\s*(?:\d{1,3}|[a-zA-Z])$")
_ORDINAL = re.compile(r"[0-3]?\d")
_LOWERCASE_AFTER = 4  # letters a word must have to end a sentence that is followed by a lower-case letter

THAI_SENTENCE = 40  # Thai marks clauses with a blank and sentences not at all


def split_sentences(text: str) -> list[str]:
    """Sentences in order, without surrounding blanks; a line break always ends one."""
    return [text[start:end] for start, end in sentence_spans(text)]


def sentence_spans(text: str) -> Iterator[tuple[int, int]]:
    """The same as positions, for who must keep what stands between sentences."""
    start = 0
    for candidate in _CANDIDATE.finditer(text):
        if _ends(text, start, candidate):
            yield from _trimmed(text, start, candidate.end())
            start = candidate.end()
    yield from _trimmed(text, start, len(text))


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        yield start, end


def _ends(text: str, start: int, candidate: re.Match[str]) -> bool:
    mark, after = candidate[0], text[candidate.end() : candidate.end() + 1]
    if mark[0] == "\n" or not after:
        return True
    if mark[0] == " ":
        return candidate.start() - start >= THAI_SENTENCE
    if mark[0] in _WIDE:
        return True
    if not after.isspace():
        return False
    return "!" in mark or "?" in mark or _full_stop(text, start, candidate)


def _full_stop(text: str, start: int, candidate: re.Match[str]) -> bool:
    """Whether a full stop before a blank ends a sentence or belongs to an abbreviation, initial or list number."""
    # 40 characters are enough for any abbreviation, and keep a text without blanks linear.
    before = text[max(start, candidate.start() - 40) : candidate.start()]
    word = (_WORD_BEFORE.search(before) or [""])[0]
    following = text[candidate.end() : candidate.end() + 40].lstrip()[:1]
    if candidate[0][0] == "." and len(candidate[0]) == 1:
        if _ORDINAL.fullmatch(word) and _names_month(text[candidate.end() : candidate.end() + 40]):
            return False
        is_initial = len(word) == 1 and word.isalpha() and not _UNIT.search(before)
        if word.lower() in _ABBREVIATIONS or is_initial or _TITLE.search(before):
            return False
        if _LIST_NUMBER.search(before):
            return False
    if following.islower() and _DATE.fullmatch(word):
        return False
    if following.islower():
        return len(word) >= _LOWERCASE_AFTER and candidate[0][0] == "." and len(candidate[0]) == 1
    return True


def _names_month(text: str) -> bool:
    """ "vom 23. Dezember": a day of the month, as it is written from Germany to Norway and Turkey."""
    return next(iter(cues.words(text)), "") in cues.ordered("month")
