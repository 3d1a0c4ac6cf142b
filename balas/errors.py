"""Every error Balas raises on purpose.

BalasError
├── ConfigurationRefused        a setting is wrong; the start is refused (exit 78)
├── Refused                     the caller asked for something impossible (4xx)
│   ├── NotFound                404
│   ├── Conflict                409
│   ├── Unauthorized            401
│   ├── Forbidden               403
│   ├── InvalidRequest          422
│   ├── DocumentRejected        415, 413 or 422: this file can never become a document
│   └── FetchRefused            422: this address must not or cannot be fetched
│       └── FetchFailed         the server cannot be reached now; later it may be
├── UnusableEvent               a signed webhook event that can never be answered
├── Permanent                   trying again changes nothing: the row is dead-lettered
│   ├── ModelRejected           the model server refuses this request
│   └── GatewayRejected         WAHA refuses this send
│       └── TextTooLong         in parts WAHA may take it
└── Transient                   trying again may help: the row is parked and rung again
    ├── DatabaseUnavailable
    ├── IndexUnavailable
    ├── ModelUnavailable
    ├── BudgetSpent             a spend cap is reached; opens again with the next day
    │   └── MinuteSpent         that of this minute: the turn waits for a place in one of the next
    ├── GatewayUnavailable      nothing was sent: refused connection, 422 not WORKING, 429
    ├── GatewayUnauthorized     WAHA does not take our key: every send waits for the operator
    ├── SendOutcomeUnknown      the send may or may not have been shown: look before sending again
    └── LeaseLost               somebody else holds the row now; stop without a trace
"""


class BalasError(Exception):
    """`str(error)` is one sentence that may be shown to an operator: what happened and what to do next."""

    status = 500
    title = "Internal error"


class ConfigurationRefused(BalasError):
    """One line for each refused setting, each beginning with the setting's name."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Refused(BalasError):
    status = 400
    title = "Bad request"


class NotFound(Refused):
    status = 404
    title = "Not found"


class Conflict(Refused):
    status = 409
    title = "Conflict"


class Unauthorized(Refused):
    status = 401
    title = "Unauthorized"


class Forbidden(Refused):
    status = 403
    title = "Not allowed"


class InvalidRequest(Refused):
    status = 422
    title = "Validation error"


class DocumentRejected(Refused):
    """`status` is 415 for a type that is not read, 413 for a size, 422 for content."""

    title = "Document rejected"

    def __init__(self, detail: str, status: int = 422) -> None:
        super().__init__(detail)
        self.status = status


class FetchRefused(Refused):
    status = 422
    title = "Address refused"


class FetchFailed(FetchRefused):
    title = "Address not reached"


class UnusableEvent(BalasError):
    """`reason` is the short name kept with the dead row: `unparseable`, `no id`, `bad id`, `bad chat id`.

    `chat_id` and `text` are what could be read of it all the same, for the operator.
    """

    def __init__(self, reason: str, *, chat_id: str | None = None, text: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.chat_id = chat_id
        self.text = text


class Permanent(BalasError):
    status = 502
    title = "Not possible"


class ModelRejected(Permanent):
    title = "The model refused"


class GatewayRejected(Permanent):
    title = "WAHA refused"


class TextTooLong(GatewayRejected):
    pass


class Transient(BalasError):
    """`retry_after_seconds` is a hint of the other side, when it gave one."""

    status = 503
    title = "Unavailable"

    def __init__(self, detail: str, retry_after_seconds: float | None = None) -> None:
        super().__init__(detail)
        self.retry_after_seconds = retry_after_seconds


class DatabaseUnavailable(Transient):
    title = "Database unavailable"


class IndexUnavailable(Transient):
    title = "Search index unavailable"


class ModelUnavailable(Transient):
    title = "Model unavailable"


class BudgetSpent(Transient):
    title = "Budget spent"


class MinuteSpent(BudgetSpent):
    pass


class GatewayUnavailable(Transient):
    title = "WAHA unavailable"


class GatewayUnauthorized(Transient):
    title = "WAHA does not accept the API key"


class SendOutcomeUnknown(Transient):
    title = "Send outcome unknown"


class LeaseLost(Transient):
    title = "Lease lost"
