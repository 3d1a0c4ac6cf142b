"""What models put around an answer: thoughts, JSON, quotation marks, "Assistant:", the question once more."""

from __future__ import annotations

import json
import re

# What a model calls its answer where it wraps it in JSON.
_ANSWER_KEYS = (
    "answer",
    "response",
    "reply",
    "text",
    "message",
    "content",
    "output",
    "jawaban",
    "respuesta",
    "resposta",
)
_THOUGHT = re.compile(r"<(think|thinking|reasoning)>.*?(?:</\1>|\Z)", re.DOTALL | re.IGNORECASE)
_THOUGHT_BEFORE = re.compile(r"\A.*</(?:think|thinking|reasoning)>", re.DOTALL | re.IGNORECASE)
_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_FENCE = re.compile(r"\A```[\w-]*[ \t]*\n(?P<inside>.*?)\n?```\Z", re.DOTALL)
_ASKED = re.compile(
    r"\A(?:\*\*)?(?:question|pertanyaan|pregunta|pergunta|frage|domanda|soru|вопрос|سؤال|السؤال|प्रश्न|câu hỏi"
    r"|问题|質問|swali)"
    r"(?:\*\*)?\s*[:：].*\n+",
    re.IGNORECASE,
)
_ROLE = re.compile(
    r"\A(?:\*\*)?(?:assistant|asisten|ai|bot|answer|reply|response|jawaban|respuesta|resposta|réponse|antwort|risposta|antwoord"
    r"|yanıt|cevap|ответ|відповідь|الجواب|الإجابة|उत्तर|जवाब|trả lời|回答|답변|jibu)(?:\*\*)?\s*[:：](?:\*\*)?\s+",
    re.IGNORECASE,
)
_QUOTES = {'"': '"', "“": "”", "«": "»", "„": "“", "「": "」"}
_FORMULA = re.compile(r"\\[()\[\]]")


def unwrapped(text: str) -> str:
    """The words alone, without lone surrogates, NUL and other control characters."""
    text = _THOUGHT_BEFORE.sub("", _THOUGHT.sub("", text))
    text = _SURROGATE.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    text = _CONTROL.sub("", text).strip()
    text = _told(text)
    if "\n" not in text:
        text = text.replace("\\n", "\n")  # a line break that was escaped once too often
    text = _ROLE.sub("", _ASKED.sub("", text.strip()))
    return _FORMULA.sub("", _unquoted(text)).strip()


def _told(text: str) -> str:
    """The one text within JSON; a tool call stays as it is."""
    fenced = _FENCE.match(text)
    bare = fenced["inside"].strip() if fenced else text
    if not bare.startswith(("{", '["')):
        return bare
    try:
        value = json.loads(bare)
    except (ValueError, RecursionError):
        return text
    if isinstance(value, list) and value and all(isinstance(one, str) for one in value):
        return "\n".join(value)
    if isinstance(value, dict):
        found = [value[key] for key in _ANSWER_KEYS if isinstance(value.get(key), str)]
        return found[0] if len(found) == 1 else text
    return text


def _unquoted(text: str) -> str:
    closing = _QUOTES.get(text[:1])
    inside = text[1:-1]
    is_quoted = closing is not None and text[-1:] == closing and not {text[0], closing} & set(inside)
    return inside if is_quoted else text
