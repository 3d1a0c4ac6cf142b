from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from balas.errors import ConfigurationRefused
from balas.settings import SECRET_NAMES, Settings, load_settings

KEY = "k" * 40


def load(**environment: str) -> Settings:
    return load_settings(environment, env_file=None)


def test_nothing_set_is_a_working_configuration() -> None:
    settings = load()
    assert settings.sqlalchemy_url.startswith("sqlite:///")
    assert settings.answers_by_model is False
    assert settings.rate_limit_messages_per_minute == 10
    assert settings.balas_stale_after_seconds == 21_600


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"BALAS_BURTS_SECONDS": "1"}, "BALAS_BURTS_SECONDS"),
        ({"BALAS_PORT": "70000"}, "BALAS_PORT"),
        ({"BALAS_PORT": "eight"}, "BALAS_PORT"),
        ({"BALAS_PACE": "slow"}, "BALAS_PACE"),
        ({"RATE_LIMIT_MESSAGES_PER_MINUTE": "-1"}, "RATE_LIMIT_MESSAGES_PER_MINUTE"),
        ({"DATABASE_URL": "postgres://x/y"}, "DATABASE_URL"),
        ({"DATABASE_URL": "mysql://balas:a/b@db/balas"}, "DATABASE_URL"),
        ({"REDIS_URL": "foo"}, "REDIS_URL"),
        ({"REDIS_URL": "redis://redis:6379/balas"}, "REDIS_URL"),
        ({"WAHA_BASE_URL": "waha:3000", "WHATSAPP_HOOK_HMAC_KEY": KEY}, "WAHA_BASE_URL"),
        ({"WAHA_BASE_URL": "http://waha:3000"}, "WHATSAPP_HOOK_HMAC_KEY"),
        ({"WAHA_BASE_URL": "http://waha:3000", "WHATSAPP_HOOK_HMAC_KEY": "short"}, "WHATSAPP_HOOK_HMAC_KEY"),
        ({"WHATSAPP_HOOK_HMAC_KEY": f"{KEY},short"}, "WHATSAPP_HOOK_HMAC_KEY"),
        ({"BALAS_ADMIN_PASSWORD": "changeme"}, "BALAS_ADMIN_PASSWORD"),
        ({"OPENAI_API_KEY": "sk-..."}, "OPENAI_API_KEY"),
        ({"BALAS_API_KEY": "<your key>"}, "BALAS_API_KEY"),
        ({"BALAS_API_KEY": "15 of characters"[:15]}, "BALAS_API_KEY"),
        ({"OPENAI_API_KEY": "sk-your-key-here"}, "OPENAI_API_KEY"),
        ({"OPENAI_API_KEY": "sk-proj-your_api_key"}, "OPENAI_API_KEY"),
        ({"OPENAI_API_KEY": "sk-xxxxxxxxxxxx"}, "OPENAI_API_KEY"),
        ({"WAHA_API_KEY": "put-your-api-key-here"}, "WAHA_API_KEY"),
        ({"BALAS_ANSWERS": "model"}, "BALAS_ANSWERS"),
        ({"BALAS_EMBEDDINGS": "openai"}, "BALAS_EMBEDDINGS"),
        ({"BALAS_MODEL_COST_PER_DAY": "inf"}, "BALAS_MODEL_COST_PER_DAY"),
        ({"BALAS_MODEL_COST_PER_DAY": "-1"}, "BALAS_MODEL_COST_PER_DAY"),
        ({"BALAS_MODEL_PRICE_INPUT": "nan"}, "BALAS_MODEL_PRICE_INPUT"),
        ({"BALAS_MODEL_PRICE_OUTPUT": "1e300"}, "BALAS_MODEL_PRICE_OUTPUT"),
        ({"BALAS_BURST_SECONDS": "nan"}, "BALAS_BURST_SECONDS"),
        ({"BALAS_MODEL_CALLS_PER_DAY": "100000000000000000000"}, "BALAS_MODEL_CALLS_PER_DAY"),
        ({"BALAS_MODEL_CALLS_PER_USER_PER_DAY": "2147483648"}, "BALAS_MODEL_CALLS_PER_USER_PER_DAY"),
        ({"BALAS_STALE_AFTER_SECONDS": "0"}, "BALAS_STALE_AFTER_SECONDS"),
        ({"DATABASE_URL": "sqlite://"}, "DATABASE_URL"),
        ({"DATABASE_URL": "sqlite:///"}, "DATABASE_URL"),
        ({"DATABASE_URL": "sqlite:///:memory:"}, "DATABASE_URL"),
        ({"DATABASE_URL": "sqlite://balas.sqlite3"}, "DATABASE_URL"),
        ({"DATABASE_URL": "mysql://balas:changeme@db/balas"}, "DATABASE_URL"),
        ({"REDIS_URL": "redis://:%3Cpassword%3E@redis:6379/0"}, "REDIS_URL"),
        ({"REDIS_URL": "redis://8.8.8.8:6379/0"}, "REDIS_URL"),
        ({"REDIS_URL": "redis://balas:@8.8.8.8"}, "REDIS_URL"),
        ({"REDIS_URL": "redis://[2001:4860:4860::8888]/0"}, "REDIS_URL"),
        ({"REDIS_URL": "redis://[::ffff:8.8.8.8]/0"}, "REDIS_URL"),
        ({"QDRANT_API_KEY": "changeme"}, "QDRANT_API_KEY"),
        ({"QDRANT_URL": "http://qdrant:port"}, "QDRANT_URL"),
        ({"WAHA_BASE_URL": "http://waha:3000", "WHATSAPP_HOOK_HMAC_KEY": ","}, "WHATSAPP_HOOK_HMAC_KEY"),
        ({"WHATSAPP_HOOK_HMAC_KEY": " , "}, "WHATSAPP_HOOK_HMAC_KEY"),
        ({"LOG_LEVEL": "LOUD"}, "LOG_LEVEL"),
        ({"OPENAI_API_KEY_FILE": "/nowhere/at/all"}, "OPENAI_API_KEY_FILE"),
        ({"WAHA_SESSION": " , "}, "WAHA_SESSION"),
    ],
)
def test_what_is_refused_names_the_setting(environment: dict[str, str], named: str) -> None:
    with pytest.raises(ConfigurationRefused) as refused:
        load(**environment)
    assert refused.value.problems[-1].startswith(f"{named}:")


@pytest.mark.parametrize("name", sorted(SECRET_NAMES))
def test_a_sample_is_no_secret_anywhere(name: str) -> None:
    with pytest.raises(ConfigurationRefused) as refused:
        load(**{name: "changeme"})
    assert [problem.partition(":")[0] for problem in refused.value.problems] == [name]


@pytest.mark.parametrize(
    "address",
    [
        *(
            "rediss://8.8.8.8/0",
            "redis://:your-real-pass-83920@8.8.8.8/0",
        ),  # a certificate; a password that only looks so
        *("redis://:a-password@8.8.8.8/0", "redis://8.8.8.8/0?password=a-password", "unix:///run/redis.sock"),
        *("redis://127.0.0.1:6379/0", "redis://10.0.0.7", "redis://[fd00::1]/0", "redis://redis:6379/0"),
    ],
)
def test_a_redis_that_only_we_reach_or_that_has_a_password(address: str) -> None:
    assert load(REDIS_URL=address).redis_url is not None


@pytest.mark.parametrize(
    ("environment", "uncounted"),
    [
        ({}, False),
        ({"BALAS_MODEL_COST_PER_DAY": "0"}, False),
        ({"BALAS_MODEL_COST_PER_DAY": "5"}, True),
        ({"BALAS_MODEL_COST_PER_DAY": "5", "BALAS_MODEL_PRICE_OUTPUT": "1.6"}, False),
    ],
)
def test_a_cap_on_cost_without_prices_starts(environment: dict[str, str], uncounted: bool) -> None:
    assert load(**environment).cost_is_capped_uncounted is uncounted


@pytest.mark.parametrize("seconds", ["1", "3155760000"])
def test_small_and_large_values_are_taken(seconds: str) -> None:
    assert load(BALAS_STALE_AFTER_SECONDS=seconds).balas_stale_after_seconds == int(seconds)
    assert load(RATE_LIMIT_MESSAGES_PER_MINUTE="1000000").rate_limit_messages_per_minute == 1_000_000


def test_each_address_is_told_its_own_schemes() -> None:
    with pytest.raises(ConfigurationRefused) as refused:
        load(DATABASE_URL="postgres://x", REDIS_URL="foo")
    database, redis = sorted(refused.value.problems)
    assert "mysql://" in database
    assert "redis" not in database
    assert "redis://" in redis
    assert "mysql" not in redis


def test_a_password_that_was_not_escaped_is_not_shown() -> None:
    with pytest.raises(ConfigurationRefused) as refused:
        load(DATABASE_URL="mysql://balas:hidden/word@db/balas")
    assert "hidden" not in str(refused.value)
    assert "%2F" in str(refused.value)
    for odd in ("mysql://balas:hidden\u2100word@db/balas", "mysql://balas:hidden[word@db/balas"):
        with pytest.raises(ConfigurationRefused) as refused:
            load(DATABASE_URL=odd)
        assert "hidden" not in str(refused.value)


def test_an_env_file_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigurationRefused, match=r"\.env: the file could not be read"):
        load_settings({}, env_file=tmp_path / ".env")


def test_names_that_only_the_tests_read_are_none_of_its_business() -> None:
    assert load(BALAS_TEST_QDRANT_URL="http://127.0.0.1:6333") == load()
    with pytest.raises(ConfigurationRefused):
        load(BALAS_TESTING="1")


def test_every_problem_has_its_line() -> None:
    with pytest.raises(ConfigurationRefused) as refused:
        load(BALAS_PORT="0", BALAS_PACE="slow", BALAS_NEW="1")
    assert len(refused.value.problems) == 3


def test_a_refusal_never_prints_the_secret() -> None:
    with pytest.raises(ConfigurationRefused) as refused:
        load(WHATSAPP_HOOK_HMAC_KEY="tooshortbutsecret")
    assert "tooshortbutsecret" not in str(refused.value)


def test_secrets_come_from_files_too(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{KEY}\n")
    settings = load(WHATSAPP_HOOK_HMAC_KEY_FILE=str(tmp_path / "key"))
    assert settings.hmac_keys == (KEY.encode(),)


def test_the_environment_wins_over_the_env_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("BALAS_PORT=9000\nLOG_LEVEL=debug\n")
    settings = load_settings({"BALAS_PORT": "9001"}, env_file=tmp_path / ".env")
    assert (settings.balas_port, settings.log_level) == (9001, "DEBUG")


def test_what_the_environment_states_in_a_file_wins_over_the_env_file(tmp_path: Path) -> None:
    for name in ("of the environment", "of .env"):
        (tmp_path / name).write_text(f"{name}-{KEY}\n")
    (tmp_path / ".env").write_text("BALAS_API_KEY=it is written in .env\n")
    (tmp_path / "files.env").write_text(f"BALAS_API_KEY_FILE={tmp_path / 'of .env'}\n")
    by_file = {"BALAS_API_KEY_FILE": str(tmp_path / "of the environment")}
    for environment, env_file, wanted in (
        (by_file, ".env", f"of the environment-{KEY}"),
        (by_file, "files.env", f"of the environment-{KEY}"),
        ({"BALAS_API_KEY": f"said-{KEY}", **by_file}, ".env", f"said-{KEY}"),
        ({"BALAS_API_KEY": f"said-{KEY}"}, "files.env", f"said-{KEY}"),
        ({"BALAS_API_KEY_FILE": ""}, ".env", "it is written in .env"),
        ({"BALAS_API_KEY": ""}, "files.env", f"of .env-{KEY}"),
        ({}, "files.env", f"of .env-{KEY}"),
    ):
        found = load_settings(environment, env_file=tmp_path / env_file).balas_api_key
        assert found is not None
        assert found.get_secret_value() == wanted


def test_two_keys_while_one_is_rotated() -> None:
    assert load(WHATSAPP_HOOK_HMAC_KEY=f"{KEY}, {KEY[::-1]}x").hmac_keys == (KEY.encode(), f"{KEY[::-1]}x".encode())


def test_a_key_turns_on_both_and_each_can_be_set_apart() -> None:
    both = load(OPENAI_API_KEY="sk-real-1")
    assert (both.answers_by_model, both.embeds_with_openai) == (True, True)
    quoted = load(OPENAI_API_KEY="sk-real-1", BALAS_ANSWERS="extractive", BALAS_EMBEDDINGS="embedded")
    assert (quoted.answers_by_model, quoted.embeds_with_openai) == (False, False)
    chat_only = load(OPENAI_BASE_URL="http://127.0.0.1:8080/v1")
    assert (chat_only.answers_by_model, chat_only.embeds_with_openai) == (True, False)


def test_mysql_addresses_get_their_driver() -> None:
    assert load(DATABASE_URL="mysql://u:p@db/balas").sqlalchemy_url == "mysql+pymysql://u:p@db/balas"


def test_a_refused_start_exits_78_and_names_the_setting_last(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "balas", "up"],
        env={"PATH": "/usr/bin:/bin", "BALAS_PORTT": "1"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 78
    assert "BALAS_PORTT" in done.stderr.strip().splitlines()[-1]


def test_servers_of_the_own_network() -> None:
    settings = load(BALAS_INTRANET_HOSTS="Wiki.local:8090, 10.1.2.3,[fd00::1]:8080")
    assert settings.intranet_hosts == {"wiki.local:8090", "10.1.2.3", "fd00::1:8080"}
    assert load().intranet_hosts == frozenset()
    for wrong in ("http://wiki.local", "wiki.local/a", "a b", "10.0.0.0/8", "*"):
        with pytest.raises(ConfigurationRefused, match="BALAS_INTRANET_HOSTS"):
            load(BALAS_INTRANET_HOSTS=wrong)


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),  # noqa: S104 told, not bound
        ("::1", "http://[::1]:8000"),
        ("::", "http://[::1]:8000"),
        ("balas.local", "http://balas.local:8000"),
        ("10-0-0-7.example", "http://10-0-0-7.example:8000"),
    ],
)
def test_where_this_machine_reaches_it(host: str, address: str) -> None:
    assert load(BALAS_HOST=host).own_address == address


@pytest.mark.parametrize(
    "host", ["[::1]", "127.0.0.1:80", "http://x", "999.1.1.1", "1.2.3", "127.1", "a b", "a/b", "fe80::1%eth0", ":::"]
)
def test_an_address_that_cannot_be_listened_on(host: str) -> None:
    with pytest.raises(ConfigurationRefused, match="BALAS_HOST: an address or name of this machine"):
        load(BALAS_HOST=host)


def test_trusted_proxies_are_addresses_and_networks() -> None:
    assert load().balas_trusted_proxies == "127.0.0.1,::1"
    assert load(BALAS_TRUSTED_PROXIES="172.18.0.0/16, 10.0.0.7").balas_trusted_proxies == "172.18.0.0/16,10.0.0.7"
    for wrong in ("*", "proxy", "10.0.0.1/8", "10.0.0.0/33"):
        with pytest.raises(ConfigurationRefused, match="BALAS_TRUSTED_PROXIES"):
            load(BALAS_TRUSTED_PROXIES=wrong)
