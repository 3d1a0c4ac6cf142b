from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from balas import crew
from balas.crew import Crew


def in_thread(work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def test_no_more_than_the_hands_compute() -> None:
    hands, inside, most, lock = Crew(2), 0, 0, threading.Lock()
    everybody = threading.Barrier(6)

    def work() -> None:
        nonlocal inside, most
        everybody.wait(5)
        for _ in range(50):
            with hands.working():
                with lock:
                    inside += 1
                    most = max(most, inside)
                with lock:
                    inside -= 1

    threads = [in_thread(work) for _ in range(6)]
    for thread in threads:
        thread.join(10)
    assert 1 <= most <= 2


def test_who_waits_steps_aside_and_comes_back() -> None:
    hands, came = Crew(1), threading.Event()
    waits, may_return = threading.Event(), threading.Event()

    def first() -> None:
        with hands.working():
            with hands.waiting():
                waits.set()
                may_return.wait(5)
            came.set()

    thread = in_thread(first)
    assert waits.wait(5)
    with hands.working():  # its hand is free
        may_return.set()
        assert not came.wait(0.1)  # until we leave
    assert came.wait(5)
    thread.join(5)


def test_an_error_outside_gives_the_hand_back() -> None:
    hands = Crew(1)
    with pytest.raises(ZeroDivisionError), hands.working(), hands.waiting():
        raise ZeroDivisionError
    taken = threading.Event()

    def other() -> None:
        with hands.working():
            taken.set()

    in_thread(other).join(2)
    assert taken.is_set()


def test_threads_that_do_not_count_are_not_held_up() -> None:
    hands = Crew(1)
    with hands.waiting():
        pass
    with hands.working(), hands.waiting(), hands.waiting():  # a call within a call
        pass


def test_nobody_waits_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crew, "PATIENCE_SECONDS", 0.05)
    hands, went_on = Crew(1), threading.Event()

    def second() -> None:
        with hands.working():
            went_on.set()

    with hands.working():
        in_thread(second)
        assert went_on.wait(5)
    # It took no hand, and gave none back.
    assert hands._free.acquire(blocking=False)
    assert not hands._free.acquire(blocking=False)
