from __future__ import annotations

import pytest

from balas.adapters.redis_throttle import RedisThrottle
from balas.adapters.rq_queue import RqQueue
from balas.errors import ConfigurationRefused

NOBODY = "redis://127.0.0.1:1/0"


@pytest.mark.parametrize("option", ["timeout=5", "ssl=true", "socket_timeout=soon", "decode_responses=true"])
def test_an_option_that_cannot_work_is_refused_at_the_start(option: str) -> None:
    with pytest.raises(ConfigurationRefused) as refused:
        RqQueue(f"{NOBODY}?{option}")
    assert refused.value.problems[0].startswith("REDIS_URL: ")


def test_options_of_the_client_are_taken() -> None:
    RqQueue(f"{NOBODY}?health_check_interval=10").close()
    RqQueue("rediss://127.0.0.1:1/0?ssl_cert_reqs=none").close()


@pytest.mark.anyio
async def test_whatever_goes_wrong_nobody_waits_for_ever() -> None:
    away: list[int] = []
    throttle = RedisThrottle(f"{NOBODY}?timeout=5", 1, key_of=lambda key: key, on_away=lambda: away.append(1))
    assert await throttle.allow("alice")
    assert await throttle.allow("alice")
    assert len(away) == 2
