"""The one settings tree and the only reader of the environment.

Sources, strongest first: the environment, its `NAME_FILE` (a file's content) for secrets, `.env` in the working folder.
Anything unknown under `BALAS_`, out of range or copied from a sample stops the start with the name and the reason.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

from balas.address_rules import (
    check_database_address,
    check_hosts,
    check_http_address,
    check_networks,
    check_own_host,
    check_redis_address,
)
from balas.choices import AnswerLength, AnswerMode, ChangeGate, EmbeddingMode, Pace, Tone, WhenUnknown
from balas.errors import ConfigurationRefused
from balas.secret_rules import refuse_broken_hash, refuse_open_redis, refuse_sample, refuse_sample_address
from balas.setting_sources import TEST_PREFIX, Names, chosen, joined

MIN_HMAC_KEY_BYTES = 32
API_KEY_CHARACTERS = 16
_API_KEYS = ("openai_api_key", "waha_api_key", "qdrant_api_key", "balas_api_key")

MOST_CALLS = 2**31 - 1  # what the column of the day's calls holds

Port = Annotated[int, Field(ge=1, le=65535)]
Calls = Annotated[int, Field(ge=0, le=MOST_CALLS)]
Money = Annotated[float, Field(ge=0, le=1e12)]


class Settings(BaseModel):
    """Field names are the environment names in lower case."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    database_url: SecretStr | None = None
    database_pool_size: Annotated[int, Field(ge=1, le=1000)] = 30
    redis_url: SecretStr | None = None
    qdrant_url: str | None = None
    qdrant_api_key: SecretStr | None = None
    openai_api_key: SecretStr | None = None
    openai_base_url: str | None = None
    openai_model: str = "gpt-4.1-mini"
    openai_embedding_model: str = "text-embedding-3-small"
    openai_transcription_model: str | None = None
    waha_base_url: str | None = None
    waha_api_key: SecretStr | None = None
    whatsapp_hook_hmac_key: SecretStr | None = None
    waha_session: str = "default"
    rate_limit_messages_per_minute: Annotated[int, Field(ge=0, le=1_000_000_000)] = 10
    balas_answers: AnswerMode = AnswerMode.AUTO
    balas_embeddings: EmbeddingMode = EmbeddingMode.AUTO
    balas_change_gate: ChangeGate = ChangeGate.WARN
    balas_assistant_name: Annotated[str, Field(max_length=40, pattern=r"^[^\W_][^<>\[\]{}|\n\r]*$")] | None = None
    balas_tone: Tone = Tone.NEUTRAL
    balas_answer_length: AnswerLength = AnswerLength.MEDIUM
    balas_when_unknown: WhenUnknown = WhenUnknown.NEAR_AND_PERSON
    balas_burst_seconds: Annotated[float, Field(ge=0, le=60)] | None = None
    balas_pace: Pace = Pace.NATURAL
    balas_pause_minutes: Annotated[int, Field(ge=0, le=525_600)] = 0
    balas_stale_after_seconds: Annotated[int, Field(ge=1, le=3_155_760_000)] = 21_600
    balas_retention_days: Annotated[int, Field(ge=1, le=36_500)] | None = None
    balas_audit_days: Annotated[int, Field(ge=1, le=36_500)] = 365
    balas_model_calls_per_day: Calls = 5_000
    balas_model_calls_per_user_per_day: Calls = 200
    balas_model_calls_per_minute: Calls = 0
    balas_model_cost_per_day: Money | None = None
    balas_model_price_input: Money = 0.0
    balas_model_price_output: Money = 0.0
    balas_data_dir: Path = Path("data")
    balas_host: str = "127.0.0.1"
    balas_port: Port = 8000
    balas_api_key: SecretStr | None = None
    balas_admin_password: SecretStr | None = None
    balas_public_url: str | None = None
    balas_trusted_proxies: str = "127.0.0.1,::1"
    balas_cors_origins: str = ""
    balas_intranet_hosts: str = ""
    log_level: str = "INFO"
    _test_failpoint: str | None = PrivateAttr(default=None)

    @field_validator("database_url", mode="after")
    @classmethod
    def _database_address(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            check_database_address(value.get_secret_value())
            refuse_sample_address(value.get_secret_value())
        return value

    @field_validator("redis_url", mode="after")
    @classmethod
    def _redis_address(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            check_redis_address(value.get_secret_value())
            refuse_sample_address(value.get_secret_value())
            refuse_open_redis(value.get_secret_value())
        return value

    @field_validator("qdrant_url", "openai_base_url", "waha_base_url", "balas_public_url", mode="after")
    @classmethod
    def _http_address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        check_http_address(value)
        return value.rstrip("/")

    @field_validator("balas_host", mode="after")
    @classmethod
    def _host(cls, value: str) -> str:
        check_own_host(value)
        return value

    @field_validator("balas_intranet_hosts", mode="after")
    @classmethod
    def _hosts(cls, value: str) -> str:
        check_hosts(value)
        return value

    @field_validator("balas_trusted_proxies", mode="after")
    @classmethod
    def _networks(cls, value: str) -> str:
        parts = [part.strip() for part in value.split(",") if part.strip()]
        check_networks(parts)
        return ",".join(parts)

    @field_validator("log_level", mode="after")
    @classmethod
    def _log_level(cls, value: str) -> str:
        if value.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}:
            raise ValueError("one of DEBUG, INFO, WARNING, ERROR, CRITICAL")
        return value.upper()

    @field_validator(*_API_KEYS, "balas_admin_password", "whatsapp_hook_hmac_key")
    @classmethod
    def _no_sample(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            refuse_sample(value.get_secret_value())
        return value

    @field_validator("balas_api_key")
    @classmethod
    def _long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < API_KEY_CHARACTERS:
            raise ValueError(f"{API_KEY_CHARACTERS} characters or more, for example of: openssl rand -hex 32")
        return value

    @field_validator("balas_admin_password")
    @classmethod
    def _whole_hash(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            refuse_broken_hash(value.get_secret_value())
        return value

    @model_validator(mode="after")
    def _whole(self) -> Settings:
        if self.waha_base_url and not self.hmac_keys:
            raise ValueError("WHATSAPP_HOOK_HMAC_KEY: required as soon as WAHA_BASE_URL is set (32 bytes or more)")
        if self.whatsapp_hook_hmac_key is not None and not self.hmac_keys:
            raise ValueError("WHATSAPP_HOOK_HMAC_KEY: holds no key between its commas; leave it out, or set one")
        if any(len(key) < MIN_HMAC_KEY_BYTES for key in self.hmac_keys):
            raise ValueError(f"WHATSAPP_HOOK_HMAC_KEY: each key needs {MIN_HMAC_KEY_BYTES} bytes or more")
        for wanted, is_set in (
            ("BALAS_ANSWERS: 'model'", self.balas_answers is AnswerMode.MODEL),
            ("BALAS_EMBEDDINGS: 'openai'", self.balas_embeddings is EmbeddingMode.OPENAI),
            ("OPENAI_TRANSCRIPTION_MODEL: it", self.openai_transcription_model is not None),
        ):
            if is_set and not self.model_configured:
                raise ValueError(f"{wanted} needs OPENAI_API_KEY or OPENAI_BASE_URL")
        if not self.waha_sessions:
            raise ValueError("WAHA_SESSION: name at least one session")
        return self

    @property
    def test_failpoint(self) -> str | None:
        """Where a test makes this process die, see `balas.failpoints`."""
        return self._test_failpoint

    @property
    def hmac_keys(self) -> tuple[bytes, ...]:
        """The webhook's keys, newest first; several while a key is rotated."""
        if self.whatsapp_hook_hmac_key is None:
            return ()
        keys = self.whatsapp_hook_hmac_key.get_secret_value().split(",")
        return tuple(key.strip().encode() for key in keys if key.strip())

    @property
    def waha_sessions(self) -> tuple[str, ...]:
        return tuple(name.strip() for name in self.waha_session.split(",") if name.strip())

    @property
    def own_address(self) -> str:
        """Where this machine reaches Balas; of all addresses it is the loopback one of their family."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.balas_host, self.balas_host)  # noqa: S104 compared
        return f"http://{f'[{host}]' if ':' in host else host}:{self.balas_port}"

    @property
    def cors_origins(self) -> list[str]:
        return [origin.strip() for origin in self.balas_cors_origins.split(",") if origin.strip()]

    @property
    def intranet_hosts(self) -> frozenset[str]:
        """Servers of the operator's own network whose pages may be read."""
        hosts = self.balas_intranet_hosts.lower().replace("[", "").replace("]", "").split(",")
        return frozenset(host.strip() for host in hosts if host.strip())

    @property
    def model_configured(self) -> bool:
        return self.openai_api_key is not None or self.openai_base_url is not None

    @property
    def cost_is_capped_uncounted(self) -> bool:
        """Without prices a cap on cost does nothing. That is reported, and does not refuse the start."""
        return bool(self.balas_model_cost_per_day) and not self.has_prices

    @property
    def has_prices(self) -> bool:
        return bool(self.balas_model_price_input or self.balas_model_price_output)

    @property
    def answers_by_model(self) -> bool:
        return self.balas_answers is not AnswerMode.EXTRACTIVE and self.model_configured

    @property
    def embeds_with_openai(self) -> bool:
        """By a key, or by naming the model. A base URL alone is not enough: many chat servers have no embeddings."""
        if self.balas_embeddings is not EmbeddingMode.AUTO:
            return self.balas_embeddings is EmbeddingMode.OPENAI
        named = "openai_embedding_model" in self.model_fields_set
        return self.openai_api_key is not None or (self.openai_base_url is not None and named)

    @property
    def sqlalchemy_url(self) -> str:
        """With a driver: MySQL through PyMySQL, else SQLite in the data folder."""
        if self.database_url is None:
            return f"sqlite:///{self.balas_data_dir.absolute() / 'balas.sqlite3'}"
        return re.sub(r"^(mysql|mariadb)://", "mysql+pymysql://", self.database_url.get_secret_value())

    @property
    def model_cache_dir(self) -> Path:
        """Outside the data folder: what is built there depends only on the installed weights."""
        return Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser() / "balas"  # noqa: TID251 the one reader


SECRET_NAMES = frozenset(
    name.upper() for name, info in Settings.model_fields.items() if "SecretStr" in str(info.annotation)
)


def load_settings(environment: Mapping[str, str] | None = None, env_file: Path | None = Path(".env")) -> Settings:
    """Read, check and freeze the settings; raise `ConfigurationRefused` with one line a problem."""
    actual = os.environ if environment is None else environment  # noqa: TID251 the one reader
    names = Names({name.upper() for name in Settings.model_fields}, SECRET_NAMES)
    stated = joined(actual, env_file, names)
    problems: list[str] = []
    values = chosen(stated, names, problems)
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        problems += [
            _line(item) for item in error.errors(include_url=False, include_input=False, include_context=False)
        ]
    if problems:
        raise ConfigurationRefused(*problems)
    settings._test_failpoint = stated.get(f"{TEST_PREFIX}FAILPOINT")
    return settings


def _line(item: Any) -> str:
    message = str(item["msg"]).removeprefix("Value error, ")
    return f"{str(item['loc'][0]).upper()}: {message}" if item["loc"] else message
