"""Opens the library while the server starts, so that pages are there at once; /readyz says when the rest is."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import select

from balas.api.clocks import look_at_clocks
from balas.cli.diagnosis_model import check_cost_cap
from balas.database.session import reading
from balas.errors import Permanent, Transient
from balas.jobs.line import perform
from balas.knowledge import regression
from balas.knowledge.intake import take_in
from balas.knowledge.uploads import uploaded_file
from balas.models import Document
from balas.ports import JobName
from balas.rag.words import language
from balas.runtime import Runtime
from balas.samples import sample_files
from balas.telemetry import logger

YOUNG = (10_000, 10, 10)  # new objects, and collections, until the next one; Python's defaults suit scripts
AGAIN_SECONDS = 3.0  # the model, Qdrant or the database may come back

log = logger("opening")


@contextmanager
def open_library(runtime: Runtime, *, samples: bool = False, answers: bool = True) -> Iterator[None]:
    """Index the sample documents if there are no documents yet, load model and index, then say that we are ready.

    `answers`: this process answers turns, so what the first answer would load is loaded now, and turns wait for it.
    """
    if (finding := check_cost_cap(runtime.settings)).advice:
        log.warning("cost_cap_does_nothing", detail=finding.detail, advice=finding.advice)
    if answers:
        runtime.warmed_up.clear()
    # Mostly decompression, which lets the other one run meanwhile: the search waits for it where it is not done.
    threading.Thread(target=language.loaded, name="languages", daemon=True).start()
    threading.Thread(target=_opened, args=(runtime, samples, answers), name="opening", daemon=True).start()
    yield


def _opened(runtime: Runtime, samples: bool, answers: bool) -> None:
    try:
        if not _open(runtime, samples):
            return
        if answers:
            _warm_up(runtime)
    finally:
        runtime.warmed_up.set()
    settle()
    _look_around(runtime)


def _open(runtime: Runtime, samples: bool) -> bool:
    """Again and again until there is a library; False at an error that nobody can mend outside of Balas."""
    while True:
        try:
            if samples:
                _index_samples(runtime)
            runtime.library.open()
        except (Transient, Permanent) as error:  # what is refused now may be taken once a person has mended it
            log.warning("library_not_opened_yet", reason=str(error))
            runtime.warmed_up.set()  # turns meet what is wrong themselves, and are put off by it
            time.sleep(AGAIN_SECONDS)
        except Exception:
            # The thread's edge: without its library the process answers nothing, and /readyz goes on saying so.
            log.exception("library_not_opened")
            return False
        else:
            runtime.started.set()
            return True


def _warm_up(runtime: Runtime) -> None:
    try:
        runtime.library.warm_up()
    except Exception:
        # The thread's edge: the first answer tries again, and tells what is wrong.
        log.exception("not_warmed_up")


def _look_around(runtime: Runtime) -> None:
    """Nobody waits for it."""
    try:
        for off in look_at_clocks(runtime):
            log.warning("clock_is_wrong", detail=off)
    except Exception:
        # Still the thread's edge: it may come to WAHA while the process ends.
        log.exception("clocks_not_looked_at")
    try:
        regression.run_at_start(runtime.database, runtime.gate, runtime.paid)
    except Transient as error:
        log.warning("golden_questions_not_asked", reason=str(error))
    except Exception:
        # The thread's edge: the process answers all the same.
        log.exception("golden_questions_not_asked")


def settle() -> None:
    """Keep the garbage collector away from everything that stays for good: walking through the libraries' objects stops
    the whole process for 200 ms each time. Young objects are looked at less often, since requests leave no cycles."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*YOUNG)


def _index_samples(runtime: Runtime) -> None:
    with reading(runtime.database) as session:
        if session.scalars(select(Document.id).limit(1)).first() is not None:
            return
    uploads = [
        upload for path in sample_files() for upload in uploaded_file(path.name, path.read_bytes(), source="sample")
    ]
    for received in take_in(runtime.database, uploads):
        perform(runtime, JobName.INGEST_DOCUMENT, received.document.id)
