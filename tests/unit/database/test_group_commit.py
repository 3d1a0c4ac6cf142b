from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Sequence

import pytest

from balas.database.group_commit import MAX_ROWS, MAX_UNDIVIDED, GroupCommit

pytestmark = pytest.mark.anyio


async def test_what_arrives_during_a_commit_shares_the_next() -> None:
    batches: list[int] = []

    def flush(rows: Sequence[int]) -> list[int]:
        batches.append(len(rows))
        time.sleep(0.02)
        return [row * 2 for row in rows]

    commits: GroupCommit[int, int] = GroupCommit(flush)
    assert await asyncio.gather(*(commits.add(n) for n in range(1_200))) == [n * 2 for n in range(1_200)]
    assert max(batches) == MAX_ROWS
    assert len(batches) < 20
    commits.close()


async def test_a_crowd_is_committed_in_halves() -> None:
    """So that it comes back in two parts, of which one is answered while the other is written."""
    batches: list[int] = []
    under_way: set[int] = set()

    def flush(rows: Sequence[int]) -> list[int]:
        batches.append(len(rows))
        time.sleep(0.005)
        return list(rows)

    async def caller(number: int) -> None:
        for _ in range(12):
            under_way.add(await commits.add(number))

    commits: GroupCommit[int, int] = GroupCommit(flush)
    await asyncio.gather(*(caller(number) for number in range(64)))
    assert len(under_way) == 64
    assert batches.count(MAX_UNDIVIDED) >= len(batches) - 3, batches
    commits.close()


async def test_a_lone_row_does_not_wait() -> None:
    commits: GroupCommit[int, int] = GroupCommit(lambda rows: list(rows))
    begun = time.perf_counter()
    await commits.add(1)
    assert time.perf_counter() - begun < 0.5
    commits.close()


async def test_everybody_gets_their_own_result() -> None:
    def flush(rows: Sequence[int]) -> list[int | Exception]:
        return [ValueError(str(row)) if row == 1 else row for row in rows]

    commits: GroupCommit[int, int] = GroupCommit(flush)
    results = await asyncio.gather(*(commits.add(n) for n in range(3)), return_exceptions=True)
    assert results[0] == 0
    assert isinstance(results[1], ValueError)
    assert results[2] == 2
    commits.close()


async def test_a_failed_commit_fails_its_rows_and_not_the_next() -> None:
    failing = True

    def flush(rows: Sequence[int]) -> list[int]:
        if failing:
            raise OSError("disk full")
        return list(rows)

    commits: GroupCommit[int, int] = GroupCommit(flush)
    with pytest.raises(OSError, match="disk full"):
        await commits.add(1)
    failing = False
    assert await commits.add(2) == 2
    commits.close()


async def test_a_client_that_goes_away_does_not_take_its_row_along() -> None:
    flushed: list[int] = []
    gate = threading.Event()

    def flush(rows: Sequence[int]) -> list[int]:
        gate.wait(5)
        flushed.extend(rows)
        return list(rows)

    commits: GroupCommit[int, int] = GroupCommit(flush)
    leaving = asyncio.create_task(commits.add(1))
    await asyncio.sleep(0.05)
    leaving.cancel()
    gate.set()
    assert await commits.add(2) == 2
    assert flushed == [1, 2]
    commits.close()
