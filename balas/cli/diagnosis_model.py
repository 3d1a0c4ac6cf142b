"""What turns texts into vectors, and what writes answers: each tried with one small call."""

from __future__ import annotations

import io
import wave
from typing import Any

import httpx2

from balas.api.checks import OPENAI_BASE_URL, model_headers
from balas.api.checkup import Finding, Health
from balas.settings import Settings

CALL_SECONDS = 30.0
RATE = 16_000  # of the silence that is listened to, in Hz
_ADVICE = {
    401: "set OPENAI_API_KEY to a valid key",
    403: "this key may not use this model; choose another one of either",
    404: "check the name of the model, and OPENAI_BASE_URL",
    429: "the account's limit or credit is used up",
}


def check_embeddings(settings: Settings) -> Finding:
    if settings.embeds_with_openai:
        what = settings.openai_embedding_model
        return _called(settings, "embeddings", {"json": {"model": what, "input": "hello"}}, what)
    from balas.rag.vectors.embedded_model import EmbeddedModel

    found = EmbeddedModel(settings.model_cache_dir).embed_queries(["hello"])
    return Finding(Health.HEALTHY, f"bundled model, {found.shape[1]} dimensions")


def check_answers(settings: Settings) -> Finding:
    if not settings.answers_by_model:
        return Finding(Health.HEALTHY, "extractive answers; set OPENAI_API_KEY for written ones")
    what = settings.openai_model
    messages = [{"role": "user", "content": "Answer with the word: ready"}]
    return _called(settings, "chat/completions", {"json": {"model": what, "messages": messages}}, what)


def check_voice_notes(settings: Settings) -> Finding:
    what = settings.openai_transcription_model or ""
    with io.BytesIO() as file:
        with wave.open(file, "wb") as sound:
            sound.setparams((1, 2, RATE, 0, "NONE", ""))
            sound.writeframes(bytes(RATE))  # half a second of silence
        silence = file.getvalue()
    form = {"data": {"model": what}, "files": {"file": ("silence.wav", silence)}}
    return _called(settings, "audio/transcriptions", form, what)


def check_cost_cap(settings: Settings) -> Finding:
    if not settings.cost_is_capped_uncounted:
        return Finding(Health.HEALTHY, "holds" if settings.balas_model_cost_per_day else "none")
    return Finding(
        Health.DEGRADED,
        "cost cannot be counted without prices, so BALAS_MODEL_COST_PER_DAY does nothing",
        advice="set BALAS_MODEL_PRICE_INPUT and BALAS_MODEL_PRICE_OUTPUT, or cap calls by BALAS_MODEL_CALLS_PER_DAY",
    )


def _called(settings: Settings, path: str, content: dict[str, Any], what: str) -> Finding:
    base = settings.openai_base_url or OPENAI_BASE_URL
    try:
        answer = httpx2.post(f"{base}/{path}", **content, headers=model_headers(settings), timeout=CALL_SECONDS)
    except httpx2.HTTPError as error:
        return Finding(
            Health.UNHEALTHY, f"{what} does not answer ({type(error).__name__})", advice="check OPENAI_BASE_URL"
        )
    if answer.status_code != 200:
        advice = _ADVICE.get(answer.status_code, "see the model server's own log")
        return Finding(Health.UNHEALTHY, f"{what}: the server answers {answer.status_code}", advice=advice)
    return Finding(Health.HEALTHY, what)
