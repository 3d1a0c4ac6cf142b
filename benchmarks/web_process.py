"""`balas up` without its workers: the embedded webhook alone, whose doorbells nobody hears."""

from __future__ import annotations

import threading
from dataclasses import replace

from balas.bootstrap import open_runtime
from balas.cli.listening import listen, taken
from balas.cli.opening import settle
from balas.cli.server import run_server
from balas.ports import Ring
from balas.settings import load_settings
from balas.telemetry import configure_logging


class Unheard:
    """A `Queue` without an ear."""

    def ring(self, *rings: Ring) -> None:
        pass

    def depth(self) -> int:
        return 0

    def ping(self) -> None:
        pass

    def close(self) -> None:
        pass


def main() -> None:
    settings = load_settings(env_file=None)
    configure_logging(settings.log_level)
    with taken(settings.balas_host, settings.balas_port) as listener, open_runtime(settings) as runtime:
        listen(listener)
        settle()
        runtime.started.set()
        run_server(replace(runtime, queue=Unheard()), None, listener, threading.Event())


if __name__ == "__main__":
    main()
