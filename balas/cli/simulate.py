"""`balas simulate`"""

from enum import StrEnum
from typing import Annotated

import typer

ANOTHER_PORT = "choose another with --port"


class Engine(StrEnum):
    """Of WAHA."""

    NOWEB = "NOWEB"
    GOWS = "GOWS"
    WEBJS = "WEBJS"


def simulate(
    port: Annotated[int, typer.Option(min=1, max=65535)] = 3000,
    webhook_url: Annotated[str, typer.Option(help="Where events are posted.")] = "http://127.0.0.1:8000/api/webhook",
    engine: Annotated[
        Engine, typer.Option(case_sensitive=False, help="Each answers in its own shapes.")
    ] = Engine.NOWEB,
    store: Annotated[bool, typer.Option(help="Whether earlier messages can be read.")] = True,
    seed: Annotated[int, typer.Option(help="For faults that happen by chance.")] = 0,
) -> None:
    """Run a stand-in for WAHA, with the keys from the settings (WAHA_API_KEY, WHATSAPP_HOOK_HMAC_KEY).

    Without WAHA_API_KEY it makes one up for this run and prints it.
    """
    import secrets

    from balas.cli.listening import listen, taken
    from balas.settings import load_settings
    from balas.simulator.app import create_simulator
    from balas.simulator.kinds import WahaKind
    from balas.simulator.server import serve
    from balas.telemetry import configure_logging

    settings = load_settings()
    configure_logging(settings.log_level)
    keys = settings.hmac_keys
    with taken("127.0.0.1", port, ANOTHER_PORT) as listener:
        listen(listener, ANOTHER_PORT)
        if settings.waha_api_key:
            api_key = settings.waha_api_key.get_secret_value()
        else:
            api_key = secrets.token_urlsafe(24)
            typer.echo(f"API key of this run: {api_key}   (set WAHA_API_KEY to keep one)")
        simulator, _ = create_simulator(
            api_key=api_key,
            webhook_url=webhook_url,
            hmac_key=keys[0] if keys else None,
            kind=WahaKind(engine.value, store_enabled=store, waha_sessions=settings.waha_sessions),
            seed=seed,
        )
        serve(listener, simulator)
