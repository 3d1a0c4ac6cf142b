"""How an answer came about, in plain words. Reads the record that `balas.rag.trace` keeps with each answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from balas.console.pages import macro
from balas.rag.words.language_names import LANGUAGE_NAMES

SMALL_TALK = {
    "human": "Told the team that a person is wanted", "stop": "Heard that no more messages are wanted",
    "bot": "Said that it is an automatic assistant", "insult": "Stayed friendly at an insult",
    "thanks": "Answered thanks", "greeting": "Answered a greeting", "bye": "Said goodbye", "ok": "Heard an “ok”",
    "emoji": "Answered a picture without words", "gibberish": "Asked again: there was no word to understand",
    "injection": "Refused words aimed at the machine",
    "which": "Asked which of the near things is meant", "neither": "Heard that none of the near things is meant",
    "the source was asked for, and there is none": "Said that the last answer had no source",
}  # fmt: skip
STAGES = {"rewrite": "Understanding", "retrieve": "Searching", "generate": "Writing", "extract": "Quoting"}
STAGES |= {"ground": "Checking", "filter": "Last look"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided. `tone` is good, warn or bad; `icon` is a name of the sprite."""

    tone: str
    icon: str
    heading: str
    reason: str


@dataclass(frozen=True, slots=True)
class Finding:
    kept: bool
    text: str


def html(context: dict[str, Any] | None) -> str:
    """The trace panel for the record of an answer; an invitation when there is none."""
    return str(macro("_trace.html", "trace")(None if not context else view(context)))


def view(context: dict[str, Any]) -> dict[str, Any]:
    trace = context.get("trace") or {}
    sources = context.get("sources") or []
    quotes = [str(source.get("quote") or "") for source in sources]
    lines = [_line(line, quotes) for line in trace.get("lines") or []]
    return {
        "turn_id": context.get("turn_id") if trace.get("asked") else None,
        "verdict": verdict(context, trace),
        "question": str(trace.get("question") or ""),
        "language": LANGUAGE_NAMES.get(str(context.get("language")), str(context.get("language") or "")),
        "lines": lines,
        "sources": sources,
        "checks": [finding(check) for check in trace.get("checks") or []],
        "times": list(_times(context, trace)),
        "made_with": _made_with(trace),
        "usage": trace.get("usage") if (trace.get("usage") or {}).get("model") else None,
    }


def _made_with(trace: dict[str, Any]) -> str:
    """Which state of things answered."""
    facts = {
        "Documents as of change": trace.get("knowledge_version"),
        "wording of the rules": trace.get("prompt_version"),
    }
    return ", ".join(f"{name} {value}" for name, value in facts.items() if value)


def verdict(context: dict[str, Any], trace: dict[str, Any]) -> Verdict:
    sources = context.get("sources") or []
    named = " and ".join(dict.fromkeys(f"“{source.get('title')}”" for source in sources))
    surest = max((float(line.get("answerable") or 0) for line in trace.get("lines") or []), default=0.0)
    if context.get("mode") == "smalltalk":
        return _small_talk(str(trace.get("decision") or ""))
    if context.get("mode") == "approved":
        reason = "Somebody of your team wrote this answer for this question."
        return Verdict("good", "circle-check", "Gave an approved answer", reason)
    if picked := trace.get("picked"):
        reason = f"The person chose {_listed(picked)} from the near things they were offered."
        return Verdict("good", "quote", f"Quoted {named}" if named else "Quoted the documents", reason)
    if context.get("abstained"):
        reason = "Nothing in the documents is close enough to the question, so nothing was claimed."
        if near := trace.get("near"):
            reason += f" Offered to choose from: {_listed(near)}."
        return Verdict("warn", "circle-alert", "Said that it does not know", reason)
    if context.get("mode") == "model":
        reason = f"Written from {named or 'the documents'}, then checked against it."
        return Verdict("good", "circle-check", "Answered in its own words", reason)
    needed = min((float(line.get("threshold") or 0) for line in trace.get("lines") or []), default=0.0)
    reason = f"{surest:.0%} sure that the answer stands there."
    if surest < needed:
        reason = "Written in another language than the question, but its meaning fits."
    return Verdict("good", "quote", f"Quoted {named}" if named else "Quoted the documents", reason)


def _listed(names: list[str]) -> str:
    return ", ".join(f"“{name}”" for name in names)


def _small_talk(decision: str) -> Verdict:
    heading = SMALL_TALK.get(decision.removeprefix("small talk: "), "Answered without the documents")
    return Verdict("good", "message-circle", heading, "Nothing had to be looked up.")


def _line(line: dict[str, Any], quotes: list[str]) -> dict[str, Any]:
    """One question of the turn with what was found for it."""
    hits = line.get("hits") or []
    scale = Scale.of(hits)
    return {
        "question": str(line.get("question") or ""),
        "rewritten": str(line.get("rewritten") or ""),
        "also": [str(extra) for extra in line.get("also_searched") or [] if extra != line.get("question")],
        "answerable": float(line.get("answerable") or 0),
        "threshold": float(line.get("threshold") or 0),
        "hits": [_hit(hit, scale, quotes) for hit in hits],
    }


def _hit(hit: dict[str, Any], scale: Scale, quotes: list[str]) -> dict[str, Any]:
    text = str(hit.get("text") or "")
    marked, used = _marked(text, quotes)
    return {
        "document_id": hit.get("document_id"),
        "title": str(hit.get("title") or ""),
        "page": hit.get("page"),
        "text": marked,
        "used": used,
        "meaning": scale.meaning(float(hit.get("dense") or 0)),
        "words": _share(hit.get("words")),
        "spelling": _share(hit.get("characters")),
        "together": scale.together(float(hit.get("score") or 0)),
    }


@dataclass(frozen=True, slots=True)
class Scale:
    """Where the bars begin and end. The bundled embedder's cosines all lie above .7, those of others spread wider."""

    low: float
    high: float
    least: float  # score that shows as nothing
    best: float

    @classmethod
    def of(cls, hits: list[dict[str, Any]]) -> Scale:
        cosines = [float(hit.get("dense") or 0) for hit in hits]
        narrow = bool(cosines) and min(cosines) >= 0.7
        best = max((float(hit.get("score") or 0) for hit in hits), default=1.0) or 1.0
        return cls(0.7 if narrow else 0.0, 0.95 if narrow else 0.75, 0.7 * best if narrow else 0.0, best)

    def meaning(self, cosine: float) -> float:
        return _share((cosine - self.low) / (self.high - self.low))

    def together(self, score: float) -> float:
        return _share((score - self.least) / (self.best - self.least))


def _share(value: object) -> float:
    return min(max(float(value), 0.0), 1.0) if isinstance(value, int | float) else 0.0


def _marked(text: str, quotes: list[str]) -> tuple[Markup, bool]:
    """The passage with the first quote found in it marked."""
    for quote in quotes:
        wanted = quote.strip(" …\n")
        for piece in (wanted, wanted[:60]):
            at = text.find(piece) if len(piece) >= 8 else -1
            if at >= 0:
                before, after = text[:at], text[at + len(piece) :]
                return Markup("{}<mark>{}</mark>{}").format(before, piece, after), True
    return escape(text), False


def finding(check: dict[str, Any]) -> Finding:
    """What a check looked at and what came of it, as a sentence."""
    kept = bool(check.get("kept"))
    match check.get("check"):
        case "grounding":
            return Finding(kept, _grounding(check, kept))
        case "meaning":
            fits = "its meaning fits" if kept else "its meaning does not fit well enough"
            return Finding(kept, f"A passage in another language than the question: {fits}.")
        case "rewrite":
            return Finding(kept, "The question could not be completed from the chat; it was taken as it was written.")
        case "model":
            return Finding(kept, "What the model wrote could not be used; the documents were quoted instead.")
        case "output":
            return Finding(
                kept, f"Taken out before sending: {', '.join(str(flag) for flag in check.get('flags') or [])}."
            )
    rest = ", ".join(f"{name}: {value}" for name, value in check.items() if name not in {"check", "kept"})
    return Finding(kept, f"{check.get('check')} {rest}".strip())


def _grounding(check: dict[str, Any], kept: bool) -> str:
    said = f"“{check.get('sentence')}”"
    if not kept:
        return f"Left out {said}: {check.get('problem') or 'the passages do not say so'}."
    places = [str(place) for place in check.get("passages") or []]
    if not places:
        return f"{said} claims nothing."
    return f"{said} stands in passage {' and '.join(places)}."


def _times(context: dict[str, Any], trace: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Stages one after the other, as shares of the whole."""
    times = {name: float(value) for name, value in (trace.get("times") or {}).items() if isinstance(value, int | float)}
    total = max(times.pop("total", 0.0), sum(times.values()), 0.001)
    start = 0.0
    for name, spent in times.items():
        label = STAGES.get(name, name.replace("_", " ").capitalize())
        yield {"label": label, "ms": spent, "start": start / total * 100, "width": max(spent / total * 100, 0.8)}
        start += spent
    yield {"label": "Thinking, all in all", "ms": total, "start": 0, "width": 100}
    if waited := context.get("response_time_ms"):
        yield {"label": "From the last message to the answer", "ms": float(waited), "start": None, "width": None}
