"""A Qdrant server: its client with one layer that tries again, foreign errors sorted, and the alias of the index."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from balas.errors import IndexUnavailable

if TYPE_CHECKING:
    from qdrant_client import QdrantClient

ALIAS = "balas"
TIMEOUT_SECONDS = 10
ATTEMPTS = 3
RETRY_SECONDS = 12.0

T = TypeVar("T")


class CollectionGone(IndexUnavailable):
    """The collection was replaced by another since it was looked up: look again."""


class _Passing(IndexUnavailable):
    """May be over in a moment: the only kind that is tried again here."""


class QdrantServer:
    """Safe for threads, as its client over HTTP is. Each call raises `IndexUnavailable`."""

    def __init__(self, client: QdrantClient) -> None:
        self._client = client

    def call(self, doing: str, request: Callable[[QdrantClient], T]) -> T:
        """Every request made here may be repeated: writes name their points and their values."""
        import stamina  # noqa: PLC0415 (with the client)

        for attempt in stamina.retry_context(
            on=_Passing, attempts=ATTEMPTS, timeout=RETRY_SECONDS, wait_initial=0.1, wait_max=2.0
        ):
            with attempt:
                return self._answer(doing, request)
        raise AssertionError("unreachable")  # the last attempt returns or raises

    def _answer(self, doing: str, request: Callable[[QdrantClient], T]) -> T:
        from qdrant_client.common.client_exceptions import ResourceExhaustedResponse  # noqa: PLC0415 (as above)
        from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse  # noqa: PLC0415

        try:
            return request(self._client)
        except UnexpectedResponse as error:
            raise refusal(doing, error.status_code or 0) from error
        except ResourceExhaustedResponse as error:
            raise _Passing("Qdrant asks for a pause: try again in a moment.") from error
        except ResponseHandlingException as error:
            raise unanswered(doing, error.source) from error
        except ValueError as error:
            if "not found" in str(error):  # how the client's own in-memory engine says 404
                raise CollectionGone("The Qdrant collection is gone: try again in a moment.") from error
            raise

    def behind_alias(self) -> str | None:
        """The collection that searches use; None on a server without one."""
        found = self.call("list its aliases", lambda client: client.get_aliases()).aliases
        return next((alias.collection_name for alias in found if alias.alias_name == ALIAS), None)

    def point_alias(self, collection: str) -> None:
        """From one collection to the other in one step of the server: no search falls between them."""
        from qdrant_client import models  # noqa: PLC0415 (as above)

        create = models.CreateAlias(collection_name=collection, alias_name=ALIAS)
        steps: list[models.CreateAliasOperation | models.DeleteAliasOperation | models.RenameAliasOperation] = []
        if self.behind_alias() is not None:
            steps.append(models.DeleteAliasOperation(delete_alias=models.DeleteAlias(alias_name=ALIAS)))
        steps.append(models.CreateAliasOperation(create_alias=create))
        self.call("switch its alias", lambda client: client.update_collection_aliases(steps))

    def collections(self) -> list[str]:
        """Those that are named as ours are."""
        found = self.call("list its collections", lambda client: client.get_collections()).collections
        return [one.name for one in found if one.name.startswith(f"{ALIAS}-")]

    def drop(self, collection: str) -> None:
        self.call("drop a collection", lambda client: client.delete_collection(collection))

    def close(self) -> None:
        self._client.close()


def refusal(doing: str, status: int) -> IndexUnavailable:
    if status in {401, 403}:
        return IndexUnavailable("Qdrant does not accept the key: set QDRANT_API_KEY.")
    if status == 404:
        return CollectionGone("Qdrant does not know what was asked for: check QDRANT_URL, or run balas reindex.")
    if status in {408, 429} or status >= 500:
        return _Passing(f"Qdrant answered {status} when asked to {doing}: try again in a moment.")
    return IndexUnavailable(f"Qdrant refused with {status} to {doing}: see its log; version 1.10 or newer is needed.")


def unanswered(doing: str, source: object) -> IndexUnavailable:
    import httpx  # noqa: PLC0415 (the client's own)

    if isinstance(source, httpx.TransportError):
        return _Passing(f"Qdrant cannot be reached to {doing} ({type(source).__name__}): check QDRANT_URL.")
    return IndexUnavailable(f"What answered when asked to {doing} is not a Qdrant server: check QDRANT_URL.")


def open_server(url: str, api_key: str | None) -> QdrantServer:
    """Connects with the first call."""
    from qdrant_client import QdrantClient  # noqa: PLC0415 (takes more than a second)

    with warnings.catch_warnings():
        # A key over plain HTTP, inside a private network: how a server beside us is reached.
        warnings.simplefilter("ignore")
        client = QdrantClient(url=url, api_key=api_key, timeout=TIMEOUT_SECONDS, check_compatibility=False)
    return QdrantServer(client)
