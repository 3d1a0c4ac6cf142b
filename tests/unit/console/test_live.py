from __future__ import annotations

import asyncio

import pytest

from balas.console.live import Region, Streams, partials


def items(*names: str, **changed: str) -> Region:
    return Region("list", items=tuple((name, changed.get(name, f"<li id={name}></li>")) for name in names))


def test_nothing_is_sent_twice() -> None:
    assert list(partials(items("a"), items("a"))) == []


def test_a_new_page_gets_everything() -> None:
    (part,) = partials(None, items("a", "b"))
    assert part == '<hx-partial hx-target="#list" hx-swap="innerMorph"><li id=a></li><li id=b></li></hx-partial>'


def test_new_items_are_appended_and_changed_ones_replaced() -> None:
    changed, added = partials(items("a", "b"), items("a", "b", "c", b="<li id=b>2</li>"))
    assert changed == '<hx-partial hx-target="#b" hx-swap="outerMorph"><li id=b>2</li></hx-partial>'
    assert added == '<hx-partial hx-target="#list" hx-swap="beforeend"><li id=c></li></hx-partial>'


@pytest.mark.parametrize("after", [items("b"), items("b", "a"), items("x", "a", "b"), items()])
def test_when_things_moved_the_whole_list_is_sent(after: Region) -> None:
    (part,) = partials(items("a", "b"), after)
    assert 'hx-target="#list" hx-swap="innerMorph"' in part


@pytest.mark.anyio
async def test_a_stream_sends_changes_and_ends_when_told() -> None:
    streams = Streams()
    said = ["one"]
    rung = asyncio.Event()

    async def changed() -> None:
        await rung.wait()
        rung.clear()

    stream = streams.response(lambda: (Region("box", said[-1]),), changed)
    chunks = stream.body_iterator
    assert "one" in bytes(await anext(chunks)).decode()  # type: ignore[call-overload]
    said.append("two\nlines")
    rung.set()
    assert bytes(await anext(chunks)).decode().count("\ndata: ") == 1  # type: ignore[call-overload]
    asyncio.get_running_loop().call_later(0.05, streams.end)
    with pytest.raises(StopAsyncIteration):
        await asyncio.wait_for(anext(chunks), 2)


@pytest.mark.anyio
async def test_the_streams_of_an_ended_process_are_over_at_once() -> None:
    streams = Streams()
    streams.end()
    stream = streams.response(lambda: (Region("box", "x"),), asyncio.Event().wait)
    assert [chunk async for chunk in stream.body_iterator] == []
