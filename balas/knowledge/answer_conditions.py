"""What decides answers beside the documents: prompts, settings and the version of Balas."""

from __future__ import annotations

from balas import __version__
from balas.rag.prompt_templates import PROMPT_VERSION
from balas.settings import SECRET_NAMES, Settings

# Settings that say where things are, who is let in, at which pace and at which cost; not what is answered.
WITHOUT_INFLUENCE = frozenset(
    {
        "balas_audit_days",
        "balas_burst_seconds",
        "balas_change_gate",
        "balas_cors_origins",
        "balas_data_dir",
        "balas_host",
        "balas_intranet_hosts",
        "balas_model_calls_per_day",
        "balas_model_calls_per_minute",
        "balas_model_calls_per_user_per_day",
        "balas_model_cost_per_day",
        "balas_model_price_input",
        "balas_model_price_output",
        "balas_pace",
        "balas_pause_minutes",
        "balas_port",
        "balas_public_url",
        "balas_retention_days",
        "balas_stale_after_seconds",
        "balas_trusted_proxies",
        "database_pool_size",
        "database_url",
        "log_level",
        "openai_transcription_model",
        "qdrant_url",
        "rate_limit_messages_per_minute",
        "redis_url",
        "waha_base_url",
        "waha_session",
    }
)


def answer_conditions(settings: Settings) -> dict[str, str]:
    """By name, as people read it: every setting that may decide how a question is answered; no secrets."""
    left_out = {*WITHOUT_INFLUENCE, *(name.lower() for name in SECRET_NAMES)}
    shown = settings.model_dump(mode="json", exclude=left_out)
    return {"prompts": PROMPT_VERSION, "Balas": __version__} | {name.upper(): str(one) for name, one in shown.items()}
