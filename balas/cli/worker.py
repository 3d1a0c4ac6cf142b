"""`balas worker`"""

from typing import Annotated

import typer


def worker(
    concurrency: Annotated[int, typer.Option(min=1, max=2000, help="Turns worked on at once.")] = 100,
) -> None:
    """Work on jobs from Redis, many waiting turns in one process."""
    from balas.errors import ConfigurationRefused
    from balas.settings import load_settings
    from balas.telemetry import configure_logging

    settings = load_settings()
    configure_logging(settings.log_level)
    if settings.redis_url is None:
        raise ConfigurationRefused(
            "REDIS_URL: a worker gets its jobs through Redis; set it, or run `balas up`, which works by itself"
        )
    from balas.bootstrap import open_runtime, working
    from balas.cli.ending import Ending
    from balas.cli.opening import open_library
    from balas.worker import work_on_one_core

    ending = Ending()
    with open_runtime(settings) as runtime, open_library(runtime), working(runtime, ending.seconds_left):
        work_on_one_core(runtime, concurrency, ending.told)
    ending.leave()
