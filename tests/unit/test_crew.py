from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial

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
    assert hands._free == 1


def test_a_long_line_that_moves_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crew, "PATIENCE_SECONDS", 0.4)
    hands, inside, most, lock = Crew(1), 0, 0, threading.Lock()

    def work() -> None:
        nonlocal inside, most
        with hands.working():
            with lock:
                inside += 1
                most = max(most, inside)
            time.sleep(0.1)
            with lock:
                inside -= 1

    threads = [in_thread(work) for _ in range(12)]  # the last one waits for three times the patience
    for thread in threads:
        thread.join(10)
    assert most == 1


def test_hands_go_round_in_the_order_of_asking() -> None:
    hands, served = Crew(1), list[int]()

    def work(number: int) -> None:
        with hands.working():
            served.append(number)

    with hands.working():
        threads = list[threading.Thread]()
        for number in range(20):
            threads.append(in_thread(partial(work, number)))
            while len(hands._beginning) <= number:
                time.sleep(0.001)
    for thread in threads:
        thread.join(5)
    assert served == list(range(20))


def test_who_comes_back_does_not_stand_behind_all_who_begin() -> None:
    hands, served = Crew(1), list[str]()
    is_away, may_return = threading.Event(), threading.Event()

    def waiting() -> None:
        with hands.working():
            with hands.waiting():
                is_away.set()
                may_return.wait(5)
            served.append("back")

    def beginning() -> None:
        with hands.working():
            served.append("new")

    threads = [in_thread(waiting)]
    assert is_away.wait(5)
    with hands.working():
        for number in range(4):
            threads.append(in_thread(beginning))
            while len(hands._beginning) <= number:
                time.sleep(0.001)
        may_return.set()
        while not hands._returning:
            time.sleep(0.001)
    for thread in threads:
        thread.join(5)
    assert sorted(served) == ["back", *["new"] * 4]
    assert served.index("back") <= 1
