"""What decides answers beside the documents: prompts, settings, and Balas itself."""

from __future__ import annotations

from balas import __version__
from balas.rag.prompt_templates import PROMPT_VERSION
from balas.settings import SECRET_NAMES, Settings

# Settings that say where things are, who is let in and at which pace, not what is answered.
ELSEWHERE = frozenset(
    {"database_url", "database_pool_size", "redis_url", "qdrant_url", "waha_base_url", "waha_session", "log_level"}
    | {"rate_limit_messages_per_minute", "balas_burst_seconds", "balas_pace", "balas_stale_after_seconds"}
    | {"balas_retention_days", "balas_model_calls_per_day", "balas_model_calls_per_user_per_day", "balas_change_gate"}
    | {
        "balas_model_calls_per_minute",
        "balas_model_cost_per_day",
        "balas_model_price_input",
        "balas_model_price_output",
        "balas_data_dir",
    }
    | {"balas_host", "balas_port", "balas_public_url", "balas_trusted_proxies", "balas_cors_origins"}
)


def marks_of(settings: Settings) -> dict[str, str]:
    """As people read it: every setting that may decide how a question is answered, secrets left out."""
    shown = settings.model_dump(mode="json", exclude={*ELSEWHERE, *(name.lower() for name in SECRET_NAMES)})
    return {"prompts": PROMPT_VERSION, "Balas": __version__} | {name.upper(): str(one) for name, one in shown.items()}
