"""The marks with which a model names its passages: "[1]", "[2-3]", "passage 3 says"."""

from __future__ import annotations

import re

_MARK = re.compile(
    r"\s?(?:[\[【]|\((?:source|sumber|fuente|fonte|quelle|источник)?:?\s*(?=passage|source|dokumen|document|\d{1,2}\)\s*(?:[.!?]|$)))"
    r"(?:\^|(?:passages?|sources?|documents?|dokumen|no\.?)\s*)?"
    r"(\d{1,2}(?:\s*[,;–-]\s*\d{1,2})*)(?:†[^\]】]{0,40})?[\]】)]",
    re.IGNORECASE | re.MULTILINE,
)
_MARK_AFTER_STOP = re.compile(r"([.!?。！？।؟…])(\s?)((?:\s?[\[【](?:\^)?\d{1,2}(?:\s*[,;–-]\s*\d{1,2})*[\]】])+)")
_PASSAGES = (
    r"passages?|documents?|dokumen|documentos?|dokument|документ|sources?|excerpts?|bagian|kutipan|sumber|pasajes?|fuentes?|fragmentos?|trechos?|passagens?|fontes?"
    r"|extraits?|abschnitt|quelle|textstelle|passaggio|fonte|bron|отрывок|источник|अंश|गद्यांश|स्रोत|المقطع|المصدر|الفقرة"
)
_SAYING = (
    r"(?:clearly\s+)?(?:says?|states?|confirms?|mentions?|menyatakan|menyebutkan|mengatakan|bilang|dice[n]?|indica[n]?"
    r"|diz(?:em)?|afirma[m]?|dit|indique|précise|sagt|besagt|dice|zegt|сообщает|कहता है|के अनुसार|يقول|يذكر)"
    r"(?:\s+(?:that|bahwa|que|dass|che|dat|что|कि|أن))?"
)
_ACCORDING = (
    r"(?:according to|as per|based on|as stated in|berdasarkan|menurut|según|segundo|de acordo com|de acuerdo con|selon"
    r"|d'après|laut|gemäß|secondo|volgens|согласно|وفقا ل|حسب)\s*(?:the\s+|el\s+|la\s+|o\s+|a\s+|l')?"
)
_NUMBERED = rf"(?:{_PASSAGES})\s*(?:no\.?|n[.º°]|#)?\s*[\[(]?(?P<%s>\d{{1,2}})[\])]?"
_NAMED = re.compile(
    rf"(?:^|(?<=[.!?:\n]\s))(?:(?:the|el|la|o|a|le|der|die)\s+)?"
    rf"(?:{_ACCORDING}{_NUMBERED % 'told'}\s*[,:،]?|{_NUMBERED % 'says'}\s+{_SAYING}\s*[,:،]?)\s*(?P<first>\w)",
    re.IGNORECASE | re.MULTILINE,
)
# "The provided documents state that …", "Berdasarkan informasi yang diberikan, …": where it stands says the citation.
_GIVEN = (
    r"(?:the\s+|los\s+|las\s+|la\s+|os\s+|as\s+|a\s+|les\s+|die\s+|den\s+|der\s+)?(?:provided\s+|given\s+|available\s+|bereitgestellten\s+"
    r"|vorliegenden\s+)?(?:passages?|documents?|context|information|dokumen|informasi|konteks|documentos?|información"
    r"|informação|informations?|contexto?|dokumente?n?|informationen|unterlagen|документ\w*|информаци\w*)"
    r"(?:\s+(?:provided|given|above|yang (?:diberikan|tersedia|ada)|di atas"
    r"|proporcionad[oa]s?|fornecid[oa]s?|fourni(?:e?s)?))?"
)
_UNNAMED = re.compile(
    rf"(?:^|(?<=[.!?:\n]\s))(?:{_ACCORDING}{_GIVEN}\s*[,،:]|{_GIVEN}\s+{_SAYING.removesuffix('?')})\s*(?P<first>\w)",
    re.IGNORECASE | re.MULTILINE,
)


def with_marks_inside(draft: str) -> str:
    """Marks after a full stop belong to the sentence before; a passage named in words is a mark."""
    named = _NAMED.sub(lambda match: f"[{match['told'] or match['says']}] {match['first'].upper()}", draft)
    named = _UNNAMED.sub(lambda match: match["first"].upper(), named)
    return _MARK_AFTER_STOP.sub(r"\3\1", named)


def unmarked(sentence: str) -> str:
    """Without citation marks."""
    return re.sub(r"(?<!\s)\s++([.!?,;:。！？])", r"\1", _MARK.sub("", sentence)).strip()


def marks(sentence: str) -> tuple[int, ...]:
    """The passage numbers a sentence cites, from 1; "[1-3]" is three of them."""
    found: list[int] = []
    for match in _MARK.finditer(sentence):
        for part in re.split(r"\s*[,;]\s*", match[1]):
            ends = [int(end) for end in re.split(r"\s*[–-]\s*", part)]
            found += range(ends[0], min(ends[-1], ends[0] + 9) + 1)
    return tuple(dict.fromkeys(found))
