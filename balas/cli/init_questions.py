"""The questions of `balas init`, each answer tried before the next is asked."""

from __future__ import annotations

import secrets

import httpx2
import typer

from balas.errors import BalasError
from balas.waha.client import WahaClient

Line = tuple[str, str]
TIMEOUT_SECONDS = 8.0
EVENTS = ("message.any", "message.ack", "message.edited", "message.revoked", "message.reaction", "session.status")


def ask_model() -> list[Line]:
    """A key or the address of a compatible server; nothing for quoted answers."""
    while True:
        base_url = typer.prompt("Address of the model server (Enter: OpenAI itself)", default="", show_default=False)
        key = typer.prompt("API key of the model (Enter: none, answers are quoted)", default="", show_default=False)
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
    except httpx2.HTTPError as error:
        return f"It does not answer ({type(error).__name__}): check the address."
    if answer.status_code in {401, 403}:
        return "It does not accept the key."
    return None if answer.status_code == 200 else f"It answers with status {answer.status_code}."


def ask_waha() -> list[Line]:
    """Where WAHA runs; nothing for the built-in stand-in. The webhook's key is made here."""
    while True:
        base_url = typer.prompt("Address of WAHA (Enter: the built-in stand-in)", default="", show_default=False)
        if not base_url:
            return []
        key = typer.prompt("API key of WAHA", default="", show_default=False)
        try:
            client = WahaClient(base_url, key)
            names = ", ".join(f"{session.name} ({session.status})" for session in client.sessions()) or "none yet"
            client.close()
            typer.echo(f"  WAHA answers; its sessions: {names}.")
            break
        except BalasError as error:
            typer.echo(f"  {error}")
            if not typer.confirm("  Ask again?", default=True):
                break
    hmac_key = secrets.token_urlsafe(48)
    public_url = typer.prompt(
        "Address of Balas as WAHA sees it", default="http://host.docker.internal:8000", show_default=True
    )
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
    ]
