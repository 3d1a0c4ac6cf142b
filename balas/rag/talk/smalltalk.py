"""What needs no document: greetings, thanks, insults, nonsense, "are you a bot?", "stop", words for the machine."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from balas.rag.talk.asides import are_thanks, without_laughter
from balas.rag.talk.covering import LONGEST_ENTRY, covered, entries_of, known_spellings
from balas.rag.talk.phrases import primary
from balas.rag.talk.wishes import MAX_WORDS, asks_for_person, languages_of_stop, languages_of_wish
from balas.rag.words import cues


class Smalltalk(StrEnum):
    """Each kind is also the name of the line that answers it (see `phrases`)."""

    HUMAN = "human"
    BOT = "bot"
    INSULT = "insult"
    THANKS = "thanks"
    GREETING = "greeting"
    BYE = "bye"
    OK = "ok"
    EMOJI = "emoji"
    GIBBERISH = "gibberish"
    INJECTION = "injection"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Pleasantry:
    """A kind of small talk and the language its words speak, None when they do not tell."""

    kind: Smalltalk
    language: str | None = None


SAID = (Smalltalk.BOT, Smalltalk.INSULT, Smalltalk.THANKS, Smalltalk.GREETING, Smalltalk.BYE, Smalltalk.OK)
LONGEST_COURTESY = 6  # words
INTERNATIONAL = 4  # languages of one word ("STOP") that tells none of them
_KNOWN = (*(kind.value for kind in SAID), "filler")
_FOUR_KEYS = frozenset({"asdf", "sdfg", "hjkl", "qwer", "zxcv"})
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertz", "azerty")
_VOWELLESS = re.compile(r"[bcdfghjklmnpqrstvwxz]{6,}")
_SAME = re.compile(r"(.)\1{4,}")
_CLAUSE = re.compile(r"(?<=[.!?。！？؟।])\s*|\n+")
_HIDDEN = re.compile(r"[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]")

_UNDO = (
    r"ละเว้น|เพิกเฉย|ไม่ต้องสนใจ|yi watsi da|manta da"
    r"|ignor(?!e\b|ing\b|ed\b)\w+|abaikan|lupakan|olvida\w*|esque[cç]\w*|oubli\w*|verg[ei]ss|negeer"
    r"|dimentica\w*|игнорир\w*|забудь\w*|ігноруй\w*|تجاهل|انس|نادیده بگیر\w*|bỏ qua|忽略|无视|忘记|puuza|huwag pansinin"
)
_RULES = (
    r"instru[ckç]\w*|istruzion\w*|prompts?|rules|guidelines|\w*anweisung\w*|aturan|reglas|regras|règles|regeln"
    r"|talimat\w*|инструкц\w*|правил\w*|інструкц\w*|التعليمات|تعليمات|دستور\w*|hướng dẫn|chỉ dẫn|指令|指示|提示|规则"
    r"|maagizo|maelekezo|mga tagubilin|ค.{1,2}สั่ง|ค.{1,2}แนะน|กฎ|umarni\w*|dokoki\w*"
)
_VERB_LAST = (  # Turkish, Hindi, Bengali, Urdu, Japanese, Korean: what is to be ignored stands before the verb
    r"(?:talimat\S*|kuralları\S*|निर्देश\S*|নির্দেশ\S*|ہدایات|指示|命令|지시\S*|명령\S*)\s*(?:\S+\s+){0,2}?\S{0,3}"
    r"(?:yok say|unut|görmezden|अनदेखा|नज़रअंदाज़|भूल|উপেক্ষা|ভুলে|نظر ?انداز|بھول|無視|忘れ|무시|잊어)"
)
_UNDO_ENGLISH = (
    r"(?:ignore|disregard|forget|override|bypass)\W+(?:\S+\W+){0,3}?"
    r"(?:previous|prior|above|earlier|preceding|initial|system|your|all|these|those|safety)\W+(?:\S+\W+){0,3}?"
    r"(?:instructions?|prompts?|rules|guidelines)"
)
_UNDO_ROMANCE = r"ignore\W+(?:\S+\W+){0,4}?(?:instruç\w+|instrucoes|regras|instrucciones|reglas|istruzioni)"
_TELL_OTHERS = (  # "tus instrucciones de lavado" are a product's
    r"(?:mu[eé]stra(?:me)?|dime|revela|repite|mostre|mostra|revele|diga|repita)(?:-me)?\W+(?:\S+\W+){0,2}?"
    r"(?:tus?|sus?|suas?|seus?|teus?|tuas?)\W+(?:instrucciones|instruç\w+|prompt)\b(?!\W+(?:de|del|para|do|da)\b)"
    r"|(?:tunjukkan|tampilkan|sebutkan|bocorkan)\W+(?:\S+\W+){0,2}?"
    r"(?:instruksimu|instruksi (?:kamu|anda|sistem)|prompt)"
    r"|(?:اظهر|اعرض|اكشف)\W+(?:\S+\W+){0,2}?تعليماتك|अपने निर्देश\S* (?:दिखा|बता)"
    r"|把?你的(?:提示词|系统提示|指令)\S{0,3}(?:告诉|给我|发给|显示)|(?:告诉我|显示|输出|透露)\S{0,4}你的(?:提示词|系统提示|指令)"
)
_PRETEND = (
    r"pretend\W+(?:that\W+)?you\W+have\W+no\W+(?:restrictions|rules|limits|filters)"
    r"|repeat\W+(?:\S+\W+){0,3}?(?:words|text|everything)\W+above|what\W+were\W+you\W+(?:told|instructed|prompted)"
)
_TELL = (
    r"(?:reveal|show|print|repeat|tell|output)\W+(?:\S+\W+){0,3}?(?:your|hidden|initial)\W+(?:\S+\W+){0,2}?"
    r"(?:instructions|prompts?|guidelines)"
)
_MACHINE = (
    r"system[\s_-]*prompt|system[\s_-]*(?:message|instructions?)\b|prompt (?:de |del |do |di )?sist[eè]m\w*"
    r"|invite système|系统提示|システムプロンプト|시스템 프롬프트|системн\w+ промпт"
    r"|developer mode|jailbreak|do anything now|you are now dan\b"
    r"|you are now (?:an? )?(?:unrestricted|uncensored|evil)|<\|\w+\|>|\[/?inst\]|<</?sys>>"
)
_AIMED = re.compile(
    rf"{_UNDO_ENGLISH}|(?:{_UNDO})(?:\W+(?:\S+\W+){{0,5}}?|\S{{0,8}})(?:{_RULES})|{_VERB_LAST}|{_TELL}|{_MACHINE}"
    rf"|{_UNDO_ROMANCE}|{_TELL_OTHERS}|{_PRETEND}"
)


@lru_cache(maxsize=256)  # asked when a turn is taken, when it is read, and as a part of its chat's history
def smalltalk(text: str, prior: str | None = None) -> Pleasantry | None:
    """The kind of small talk a whole text is; None when it holds a question of its own."""
    if is_aimed_at_machine(text):
        return None if without_aims(text) else Pleasantry(Smalltalk.INJECTION)
    found = cues.words(text)
    if not found:
        return Pleasantry(_wordless(text)) if text.strip() else None
    if len(found) > MAX_WORDS:
        return None
    prior = primary(prior) if prior else None
    if asks_for_person(text):
        return Pleasantry(Smalltalk.HUMAN, _one_of(languages_of_wish(text), prior))
    if spoken := languages_of_stop(found):
        if prior is None and len(found) == 1 and len(spoken) >= INTERNATIONAL:
            return Pleasantry(Smalltalk.STOP)
        return Pleasantry(Smalltalk.STOP, _one_of(spoken, prior))
    found = without_laughter(found, prior)
    if not found:
        return Pleasantry(Smalltalk.EMOJI)
    parts = _parts(found)
    told = _told(parts, prior) if parts is not None else _thanks(text, found, prior)
    if told is not None:
        return told
    if len(found) == 1 and len(found[0]) == 1 and found[0].isascii() and found[0].isalpha():
        return Pleasantry(Smalltalk.GIBBERISH)  # a slip: with the history it would ask the last question once more
    return Pleasantry(Smalltalk.GIBBERISH) if all(_is_mash(word) for word in found) else None


def wants_person(lines: Iterable[str]) -> bool:
    """Does one of the messages ask for somebody of the team?"""
    return any(asks_for_person(clause) for line in lines for clause in _CLAUSE.split(line))


def is_aimed_at_machine(text: str) -> bool:
    """Words that want to change the rules of a model or to read them."""
    return bool(_AIMED.search(cues.normal(_HIDDEN.sub("", text))))


def without_aims(text: str) -> str:
    """The text without the sentences that are aimed at the machine; "" when nothing else is said."""
    kept = [clause for clause in _CLAUSE.split(text) if clause.strip() and not is_aimed_at_machine(clause)]
    rest = " ".join(clause.strip() for clause in kept)
    return rest if _parts(cues.words(rest)) is None else ""


@lru_cache(maxsize=256)  # likewise
def without_greeting(text: str) -> str:
    """The text without the greeting it opens with and the thanks it closes with, unless nothing else is left."""
    spans = cues.spans(text)
    found = known_spellings([word for word, _, _ in spans], entries_of(_KNOWN))
    start = _run(found, Smalltalk.GREETING)
    if found[:start] and all(word in cues.entries("ask") for word in found[:start]):
        start = 0  # "hay parking?" asks in Spanish
    end = len(found) - _run(found[start:][::-1], Smalltalk.THANKS, backwards=True)
    if start >= end:
        return text
    from_, to = (spans[start][1] if start else 0), (spans[end - 1][2] if end < len(found) else len(text))
    return text[from_:to].strip() + ("?" if to < len(text) and "?" in text[to:] else "")


def without_courtesy(text: str) -> str:
    """The question without what is said around it: "min mau tanya dong", "could you please tell me", "请问"."""
    bare = _without_joined_courtesy(text.strip())
    spans = cues.spans(bare)
    found = [word for word, _, _ in spans]
    start = _courtesies(found)
    end = len(found) - _courtesies(found[start:], backwards=True)
    if start or end < len(found):
        from_, to = (spans[start][1] if start < len(spans) else 0), (spans[end - 1][2] if end else 0)
        asks = next((sign for sign in bare[to:] if sign in "?？؟"), "")
        bare = bare[from_:].strip() if end == len(found) else bare[from_:to].strip() + asks
    # "Could I know the price please?": what is left must say something.
    return bare if cues.without(bare, "hollow") else text


def _courtesies(found: list[str], *, backwards: bool = False) -> int:
    """How many words at one end are entries of the list, the longest entries first."""
    wanted = cues.entries("courtesy")
    left = found[::-1] if backwards else found
    taken = 0
    while taken < len(left):
        pieces = (left[taken : taken + size] for size in range(LONGEST_COURTESY, 0, -1))
        step = next((len(one) for one in pieces if " ".join(one[::-1] if backwards else one) in wanted), 0)
        if not step:
            break
        taken += step
    return taken


def _without_joined_courtesy(text: str) -> str:
    """In scripts without blanks it is a part of the word."""
    if not cues.is_unspaced(text):
        return text
    entries = sorted((entry for entry in cues.entries("courtesy") if cues.is_unspaced(entry)), key=len, reverse=True)
    for entry in entries:
        text = text.removeprefix(entry).lstrip(" ,，、") if text.startswith(entry) else text
    asks = "？" if text.endswith(("？", "?")) else ""
    bare = text.rstrip("？?。 ")
    for entry in entries:
        bare = bare.removesuffix(entry)
    return f"{bare}{asks}" if bare else text


def _run(found: list[str], kind: Smalltalk, *, backwards: bool = False) -> int:
    """How many words at the beginning are entries of the list, with at most two fillers after them."""
    wanted, fillers = cues.entries(kind.value), cues.entries("filler")
    taken, spare = 0, 2
    while taken < len(found):
        sizes = range(min(LONGEST_ENTRY, len(found) - taken), 0, -1)
        turn = -1 if backwards else 1
        step = next((n for n in sizes if " ".join(found[taken : taken + n][::turn]) in wanted), 0)
        if not step and taken and spare and found[taken] in fillers:
            step, spare = 1, spare - 1
        if not step:
            break
        taken += step
    return taken


def _told(parts: list[str], prior: str | None) -> Pleasantry | None:
    """What the entries say: by the prior language where it has the word, in the order of `SAID` where not."""
    for language in ([prior] if prior else []) + [None]:
        for kind in SAID:
            said = [part for part in parts if part in cues.entries(kind.value, language)]
            if said:  # the one of the fewest languages tells its own best: "ok perfecto"
                entry = min(said, key=lambda one: len(cues.languages_of(kind.value, one)))
                return Pleasantry(kind, language or _language(kind, entry, prior))
    return None


def _thanks(text: str, found: list[str], prior: str | None) -> Pleasantry | None:
    """Thanks to somebody by name, or with a wish, which no list holds whole."""
    known = known_spellings(found, entries_of(_KNOWN))
    thanked = _run(known, Smalltalk.THANKS)
    if not are_thanks(text, known, thanked):
        return None
    said = " ".join(known[:thanked])
    entry = max((one for one in cues.entries("thanks") if said.startswith(one) or known[0].startswith(one)), key=len)
    return Pleasantry(Smalltalk.THANKS, _language(Smalltalk.THANKS, entry, prior))


def _parts(found: list[str]) -> list[str] | None:
    """The text as entries of small talk and fillers; None when a word is neither."""
    return covered(known_spellings(found, entries_of(_KNOWN)), entries_of(_KNOWN))


def _one_of(spoken: list[str], prior: str | None) -> str | None:
    """The language of words that several may share: the conversation's where it may be, else the one most write in."""
    return prior if prior is not None and (prior in spoken or len(spoken) > 1) else spoken[0]


def _language(kind: Smalltalk, entry: str, prior: str | None) -> str | None:
    owners = cues.languages_of(kind.value, entry)
    if len(owners) == 1 and kind is not Smalltalk.INSULT:
        return next(iter(owners))
    return "en" if prior is None and "en" in owners else None


def _is_mash(word: str) -> bool:
    """Keys hit at random. "hrg brp" and "tlg" are abbreviations, so only long runs without vowels count."""
    if _SAME.search(word) and not word.isdigit():
        return True
    if not (word.isascii() and word.isalpha() and len(word) >= 5):
        return word in _FOUR_KEYS
    rows = any(row[i : i + 5] in word for row in _ROWS for i in range(len(row) - 4))
    return rows or (len(word) >= 6 and bool(_VOWELLESS.fullmatch(word)))


def _wordless(text: str) -> Smalltalk:
    """Pictures are a friendly sign; bare punctuation ("???") says nothing that can be answered."""
    return Smalltalk.EMOJI if any(unicodedata.category(char) in {"So", "Sk"} for char in text) else Smalltalk.GIBBERISH


def pleasantry(lines: Iterable[str], language: str | None) -> Pleasantry:
    """The small talk of a turn in which nobody asks anything; of several kinds the weightiest."""
    said = [told for line in lines if (told := smalltalk(line, language)) is not None]
    order = [Smalltalk.INJECTION, Smalltalk.HUMAN, Smalltalk.STOP, *SAID, Smalltalk.EMOJI, Smalltalk.GIBBERISH]
    return min(said, key=lambda told: order.index(told.kind), default=Pleasantry(Smalltalk.GIBBERISH))
