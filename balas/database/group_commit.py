"""Group commit: requests that arrive while a commit is in flight share the next one.

One flusher and no timer: a lone request is committed at once, a crowd waits one commit at most. More flushers measured
slower, on SQLite and MySQL alike.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

Row = TypeVar("Row")
Result = TypeVar("Result")

# A crowd that is answered together comes back together: its first would be committed alone, and then all others while
# the loop has nothing to do. In halves, one is worked on while the other is on its way to the disk.
MAX_UNDIVIDED = 32
MAX_ROWS = 256


class GroupCommit(Generic[Row, Result]):
    """`flush` writes the rows in one transaction, in a thread, and returns a result or an error for each."""

    def __init__(self, flush: Callable[[Sequence[Row]], Sequence[Result | Exception]]) -> None:
        self._flush = flush
        self._waiting: list[tuple[Row, asyncio.Future[Result]]] = []
        self._flusher: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="group-commit")

    async def add(self, row: Row) -> Result:
        """Return once the row is committed; raise what its flush raised."""
        done: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((row, done))
        if self._flusher is None:
            self._flusher = asyncio.create_task(self._run())
        return await done

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                size = min(MAX_ROWS, max(MAX_UNDIVIDED, len(self._waiting) // 2))
                batch, self._waiting = self._waiting[:size], self._waiting[size:]
                try:
                    results = await loop.run_in_executor(self._thread, self._flush, [row for row, _ in batch])
                except Exception as error:  # noqa: BLE001 every waiter gets the error, whatever it is
                    results = [error] * len(batch)
                for (_, done), result in zip(batch, results, strict=True):
                    _settle(done, result)
        finally:
            self._flusher = None

    def close(self) -> None:
        self._thread.shutdown(wait=True)


def _settle(done: asyncio.Future[Result], result: Result | Exception) -> None:
    if done.done():  # the client went away; its row is committed all the same
        return
    if isinstance(result, Exception):
        done.set_exception(result)
    else:
        done.set_result(result)
