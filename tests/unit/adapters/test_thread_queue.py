from __future__ import annotations

import threading
import time

from balas.adapters.thread_queue import ThreadQueue
from balas.ports import BESIDES_AT_ONCE, JobName, Ring


def test_rings_run_and_the_delayed_one_later() -> None:
    ran: list[tuple[int, float]] = []
    done = threading.Event()

    def perform(job: JobName, row_id: int) -> None:
        ran.append((row_id, time.monotonic()))
        if len(ran) == 2:
            done.set()

    queue = ThreadQueue(perform)
    begun = time.monotonic()
    queue.ring(Ring(JobName.PROCESS_MESSAGE, 1, delay_seconds=0.2), Ring(JobName.PROCESS_MESSAGE, 2))
    assert done.wait(5)
    assert [row_id for row_id, _ in ran] == [2, 1]
    assert ran[1][1] - begun >= 0.2
    queue.close()


def test_a_ring_for_a_row_that_waits_is_one_ring_at_the_earlier_moment() -> None:
    ran: list[int] = []
    queue = ThreadQueue(lambda job, row_id: ran.append(row_id))
    queue.ring(Ring(JobName.PROCESS_MESSAGE, 1, delay_seconds=30))
    queue.ring(Ring(JobName.PROCESS_MESSAGE, 1, delay_seconds=0.05))
    queue.ring(Ring(JobName.PROCESS_MESSAGE, 1, delay_seconds=0.3))
    time.sleep(0.5)
    assert ran == [1]
    queue.close()


def test_waiting_jobs_run_side_by_side_up_to_the_limit() -> None:
    running = 0
    most = 0
    lock = threading.Lock()
    release = threading.Event()

    def perform(job: JobName, row_id: int) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        release.wait(5)
        with lock:
            running -= 1

    queue = ThreadQueue(perform, concurrency=5)
    queue.ring(*(Ring(JobName.GENERATE_RESPONSE, n) for n in range(20)))
    time.sleep(0.3)
    assert (most, queue.depth()) == (5, 15)
    release.set()
    assert queue.drain(5)
    assert most == 5


def test_draining_waits_for_what_runs_and_takes_nothing_new() -> None:
    ran: list[int] = []
    begun = threading.Event()

    def perform(job: JobName, row_id: int) -> None:
        begun.set()
        time.sleep(0.2)
        ran.append(row_id)

    queue = ThreadQueue(perform, concurrency=1)
    queue.ring(Ring(JobName.PROCESS_MESSAGE, 1), Ring(JobName.PROCESS_MESSAGE, 2))
    assert begun.wait(5)
    assert queue.drain(5)
    queue.ring(Ring(JobName.PROCESS_MESSAGE, 3))
    time.sleep(0.1)
    assert ran == [1]


def test_a_job_that_takes_too_long_does_not_hold_up_the_end() -> None:
    release = threading.Event()
    queue = ThreadQueue(lambda job, row_id: release.wait(10) and None)
    queue.ring(Ring(JobName.PROCESS_MESSAGE, 1))
    time.sleep(0.1)
    begun = time.monotonic()
    assert queue.drain(0.2) is False
    assert time.monotonic() - begun < 2
    release.set()


def test_a_job_that_fails_does_not_take_its_thread_along() -> None:
    done: list[int] = []

    def perform(_job: JobName, row_id: int) -> None:
        if row_id < 3:
            raise RuntimeError("unforeseen")
        done.append(row_id)

    queue = ThreadQueue(perform, concurrency=1)
    for row_id in range(4):
        queue.ring(Ring(JobName.PROCESS_MESSAGE, row_id))
    deadline = time.monotonic() + 5
    while not done and time.monotonic() < deadline:
        time.sleep(0.01)
    queue.close()
    assert done == [3]


def test_a_message_does_not_wait_for_documents() -> None:
    reading = 0
    most = 0
    lock = threading.Lock()
    answered, release = threading.Event(), threading.Event()

    def perform(job: JobName, row_id: int) -> None:
        nonlocal reading, most
        if job is JobName.PROCESS_MESSAGE:
            answered.set()
            return
        with lock:
            reading += 1
            most = max(most, reading)
        release.wait(10)
        with lock:
            reading -= 1

    queue = ThreadQueue(perform)
    queue.ring(*(Ring(JobName.INGEST_DOCUMENT, n) for n in range(200)))
    queue.ring(*(Ring(JobName.CRAWL_WEBSITE, n) for n in range(200)))
    queue.ring(Ring(JobName.PROCESS_MESSAGE, 1))
    assert answered.wait(5)
    time.sleep(0.2)
    assert most == 2 * BESIDES_AT_ONCE  # as many of each kind: a long upload does not hold up the websites
    assert queue.depth() == 0  # else the sweep would wait for the documents, and lost messages with it
    release.set()
    assert queue.drain(5)
