"""The questions of `balas init`, each answer tried before the next is asked."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import httpx2
import typer

from balas.address_rules import check_http_address
from balas.errors import BalasError
from balas.ports import SessionInfo
from balas.secret_rules import refuse_sample
from balas.waha.client import WahaClient

Line = tuple[str, str]
TIMEOUT_SECONDS = 8.0
DEFAULT_SESSION = "default"
SEEN_FROM_A_CONTAINER = "http://host.docker.internal:8000"
EVENTS = ("message.any", "message.ack", "message.edited", "message.revoked", "message.reaction", "session.status")


def _asked(question: str, check: Callable[[str], None]) -> str:
    """The answer, or "" for Enter; one that the settings would refuse is asked for again."""

    def checked(answer: str) -> str:
        answer = answer.strip()
        try:
            if answer:
                check(answer)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error
        return answer

    answer: str = typer.prompt(question, default="", show_default=False, value_proc=checked)
    return answer


def _check_key(key: str) -> None:
    refuse_sample(key)
    if not key.isascii() or not key.isprintable():  # it travels in a header
        raise ValueError("a key holds only letters, digits and signs of ASCII")


def ask_model() -> list[Line]:
    """A key or the address of a compatible server; nothing for quoted answers."""
    while True:
        base_url = _asked("Address of the model server (Enter: OpenAI itself)", check_http_address)
        key = _asked("API key of the model (Enter: none, answers are quoted)", _check_key)
        if not base_url and not key:
            return []
        problem = _try_model(base_url or "https://api.openai.com/v1", key)
        if problem is None:
            typer.echo("  The model server answers.")
            break
        typer.echo(f"  {problem}")
        if not typer.confirm("  Ask again?", default=True):
            break
    return [(name, value) for name, value in (("OPENAI_BASE_URL", base_url), ("OPENAI_API_KEY", key)) if value]


def _try_model(base_url: str, key: str) -> str | None:
    try:
        answer = httpx2.get(
            f"{base_url.rstrip('/')}/models", headers={"Authorization": f"Bearer {key}"}, timeout=TIMEOUT_SECONDS
        )
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        return f"It does not answer ({type(error).__name__}): check the address."
    if answer.status_code in {401, 403}:
        return "It does not accept the key."
    return None if answer.status_code == 200 else f"It answers with status {answer.status_code}."


def ask_waha() -> list[Line]:
    """Where WAHA runs; nothing for the built-in stand-in. The webhook's key is made here."""
    found: list[SessionInfo] = []
    while True:
        base_url = _asked("Address of WAHA (Enter: the built-in stand-in)", check_http_address)
        if not base_url:
            return []
        key = _asked("API key of WAHA", _check_key)
        try:
            client = WahaClient(base_url, key)
            found = client.sessions()
            client.close()
            names = ", ".join(f"{session.name} ({session.status})" for session in found) or "none yet"
            typer.echo(f"  WAHA answers; its sessions: {names}.")
            break
        except BalasError as error:
            typer.echo(f"  {error}")
            if not typer.confirm("  Ask again?", default=True):
                break
    answered = _sessions(found)
    hmac_key = secrets.token_urlsafe(48)
    public_url = _asked(f"Address of Balas as WAHA sees it [{SEEN_FROM_A_CONTAINER}]", check_http_address)
    public_url = public_url or SEEN_FROM_A_CONTAINER
    typer.echo(
        "  Give WAHA these settings:\n"
        f"    WHATSAPP_HOOK_URL={public_url.rstrip('/')}/api/webhook\n"
        f"    WHATSAPP_HOOK_EVENTS={','.join(EVENTS)}\n"
        f"    WHATSAPP_HOOK_HMAC_KEY={hmac_key}\n"
        "    WHATSAPP_HOOK_RETRIES_POLICY=exponential\n"
        "    WHATSAPP_HOOK_RETRIES_DELAY_SECONDS=2\n"
        "    WHATSAPP_HOOK_RETRIES_ATTEMPTS=10"
    )
    return [
        ("WAHA_BASE_URL", base_url),
        ("WAHA_API_KEY", key),
        ("WHATSAPP_HOOK_HMAC_KEY", hmac_key),
        ("BALAS_PUBLIC_URL", public_url),
        *answered,
    ]


def _sessions(found: list[SessionInfo]) -> list[Line]:
    """Nothing while the session that is answered unless another is named is there, or may still be made."""
    names = [session.name for session in found]
    if not names or DEFAULT_SESSION in names:
        return []
    listed = typer.prompt("Sessions to answer, separated by commas", default=",".join(names))
    return [("WAHA_SESSION", listed)]
