"""What the console keeps while the process runs. Rows are in SQL; nothing here needs to survive a restart."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

from anyio import CapacityLimiter
from starlette.requests import HTTPConnection

from balas.console.live import Streams
from balas.console.phones import Phones
from balas.runtime import Runtime
from balas.security.logins import Logins, WrongPasswords
from balas.security.passwords import AT_ONCE


@dataclass(slots=True)
class Console:
    phones: Phones | None  # None: a real WAHA is configured
    streams: Streams = field(default_factory=Streams)
    wrong_passwords: WrongPasswords = field(default_factory=WrongPasswords)
    logins: Logins | None = None
    passwords_at_once: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(AT_ONCE))

    def logins_for(self, runtime: Runtime) -> Logins:
        if self.logins is None:
            self.logins = Logins(runtime.secrets.signing_key, runtime.secrets.admin_password)
        return self.logins


def runtime_of(connection: HTTPConnection) -> Runtime:
    return cast(Runtime, connection.app.state.runtime)


def console_of(connection: HTTPConnection) -> Console:
    return cast(Console, connection.app.state.console)


def logins_of(connection: HTTPConnection) -> Logins:
    return console_of(connection).logins_for(runtime_of(connection))
