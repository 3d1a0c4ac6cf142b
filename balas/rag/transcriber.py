"""A voice note -> what is said in it, by an OpenAI-compatible server."""

from __future__ import annotations

import threading
from contextlib import nullcontext
from typing import TYPE_CHECKING

from balas.crew import Waiting
from balas.errors import ModelUnavailable
from balas.ports import forbid_inside_transaction
from balas.rag.model_client import ModelServer, bounded, sorted_errors, stepping_aside

if TYPE_CHECKING:
    import openai

TIMEOUT_SECONDS = 60.0
SHORT_BYTES = 40_000  # some fifteen seconds, as WhatsApp records voice
MAX_TEXT = 4_000  # characters: five minutes of speech
# Servers tell the format by the name's ending. WhatsApp records Opus in Ogg; the others are files that people send.
_ENDINGS = {"audio/mpeg": "mp3", "audio/mp4": "m4a", "audio/aac": "m4a", "audio/wav": "wav", "audio/webm": "webm"}


class Transcriber:
    """Safe to share between threads; the client is made with the first voice note."""

    def __init__(self, server: ModelServer, waiting: Waiting = nullcontext) -> None:
        self._server = server
        self._waiting = waiting
        self._lock = threading.Lock()
        self._client: openai.OpenAI | None = None

    def transcribe(self, sound: bytes, mimetype: str | None, language: str | None) -> str:
        """The words, "" where none are heard. One attempt; errors as of `model_client.invoke`.

        `language`: in which the chat was so far. It is named for a short note alone, of which too little is heard to
        tell: people switch, and a server believes what it is told.
        """
        from openai import omit  # noqa: PLC0415 (takes a second)

        forbid_inside_transaction("The model")
        kind = (mimetype or "").partition(";")[0].strip().lower()
        name = f"voice.{_ENDINGS.get(kind, 'ogg')}"
        told = language if language and len(language) == 2 and len(sound) <= SHORT_BYTES else None
        with sorted_errors():
            heard = self._connected().audio.transcriptions.create(
                model=self._server.model, file=(name, sound, kind or "audio/ogg"), language=told or omit
            )
        text = getattr(heard, "text", None)
        if not isinstance(text, str):
            raise ModelUnavailable("The model server's answer holds no transcript: it is tried again.")
        return " ".join(text.replace("\x00", "").split())[:MAX_TEXT]

    def _connected(self) -> openai.OpenAI:
        import openai  # noqa: PLC0415 (as above)

        with self._lock:
            if self._client is None:
                timeout = self._server.timeout_seconds
                hooks = {"response": [bounded(timeout)]}
                self._client = openai.OpenAI(
                    api_key=self._server.api_key,
                    base_url=self._server.base_url,
                    timeout=timeout,
                    max_retries=0,
                    http_client=stepping_aside(self._waiting, timeout, event_hooks=hooks),
                )
            return self._client

    def close(self) -> None:
        with self._lock:
            if self._client is not None:
                self._client.close()
                self._client = None
