"""What a setting with a handful of values may be set to."""

from __future__ import annotations

from enum import StrEnum


class AnswerMode(StrEnum):
    AUTO = "auto"
    EXTRACTIVE = "extractive"
    MODEL = "model"


class EmbeddingMode(StrEnum):
    AUTO = "auto"
    EMBEDDED = "embedded"
    OPENAI = "openai"


class Tone(StrEnum):
    """How a model speaks to people."""

    FRIENDLY = "friendly"
    NEUTRAL = "neutral"
    FORMAL = "formal"


class AnswerLength(StrEnum):
    """How much a model writes at most."""

    SHORT = "short"
    MEDIUM = "medium"
    LONG = "long"


class WhenUnknown(StrEnum):
    """What is said when the documents do not hold the answer."""

    SAY_SO = "say_so"
    OFFER_PERSON = "offer_person"
    NEAR_TOPICS = "near_topics"
    NEAR_AND_PERSON = "near_and_person"


class Pace(StrEnum):
    NATURAL = "natural"
    FAST = "fast"


class ChangeGate(StrEnum):
    """What happens when golden questions fall by a change of documents."""

    OFF = "off"  # they are not asked
    WARN = "warn"
    HOLD = "hold"
