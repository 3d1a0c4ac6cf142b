"""The runtime of a command that changes something: the audit log names the command as the operator."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from balas.runtime import Runtime


@contextmanager
def operating() -> Iterator[Runtime]:
    from balas import audit
    from balas.bootstrap import open_runtime
    from balas.settings import load_settings
    from balas.telemetry import configure_logging

    configure_logging("ERROR")
    with open_runtime(load_settings()) as runtime, audit.acting(audit.COMMAND):
        yield runtime
