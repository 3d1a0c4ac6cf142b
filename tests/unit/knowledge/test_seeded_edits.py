"""What the gate catches and what it leaves alone; `python -m tests.unit.knowledge.test_seeded_edits` tries them all."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from balas.bootstrap import open_runtime
from balas.database.clock import now
from balas.database.session import reading, transaction
from balas.errors import DocumentRejected
from balas.jobs import ingest_document
from balas.knowledge import golden, intake, publishing, regression, reports
from balas.knowledge.golden import Draft
from balas.knowledge.uploads import uploaded_file
from balas.models import Document
from balas.runtime import Runtime
from balas.settings import load_settings
from tests.unit.knowledge.edited_documents import ASKED, FAQ, RENTAL_NAME, SILENT, originals
from tests.unit.knowledge.edits import Edit
from tests.unit.knowledge.seeded_edits import BAD, HARMLESS
from tests.unit.knowledge.unseen_edits import UNSEEN_BAD, UNSEEN_HARMLESS

CAUGHT = 0.95
QUICK = (FAQ, RENTAL_NAME)  # the others take minutes together


def hand_in(runtime: Runtime, name: str, content: bytes) -> Document:
    received = intake.take_in(runtime.database, uploaded_file(name, content))
    document_id = received[0].document.id
    ingest_document.run(runtime, document_id)
    with reading(runtime.database) as session:
        return session.get_one(Document, document_id)


@contextmanager
def opened(folder: Path, names: tuple[str, ...]) -> Iterator[Runtime]:
    """These documents, with the drafts of each approved and what people ask beside them; worse versions are held."""
    settings = load_settings({"BALAS_DATA_DIR": str(folder), "BALAS_CHANGE_GATE": "hold"}, env_file=None)
    with open_runtime(settings, index_dir=folder / "index") as runtime:
        ids = {name: hand_in(runtime, name, originals()[name]).id for name in names}
        drafts, _ = regression.draft(runtime.database, runtime.gate, limit=200)
        with transaction(runtime.database) as session:
            at = now(session)
            for row in drafts:
                golden.approve(session, row.id, at)
            for question, name, expected in ASKED:
                if name in ids:
                    draft = Draft(question, document_id=ids[name], expected=expected)
                    golden.add(session, draft, at, is_approved=True)
            for question in SILENT:
                golden.add(session, Draft(question, must_abstain=True), at, is_approved=True)
        yield runtime


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    with opened(tmp_path_factory.mktemp("shop"), QUICK) as runtime:
        yield runtime


def verdict(runtime: Runtime, edit: Edit) -> str:
    """How the edit was caught, or ""; everything is as before afterwards."""
    try:
        document = hand_in(runtime, edit.name, edit.change(originals()[edit.name]))
    except DocumentRejected as error:
        return f"refused: {error}"
    if document.status == "failed":
        hand_in(runtime, edit.name, originals()[edit.name])
        return f"not readable: {document.error}"
    if document.gate == "held":
        with reading(runtime.database) as session:
            falls = reports.standing(session, [document])[document.id].falls
        publishing.discard_held(runtime.database, document.id)
        return f"held: {len(falls)}, {falls[0]['question']} {falls[0]['reason']}"
    assert document.live_version == document.uploaded_version
    publishing.roll_back(runtime.database, document.id)
    return ""


def missed(runtime: Runtime, edits: list[Edit]) -> list[str]:
    found = [(edit, verdict(runtime, edit)) for edit in edits]
    for edit, said in found:
        sys.stdout.write(f"{edit.name:28} {edit.what:34} {' '.join(said.split())[:150] or '-'}\n")
    return [f"{edit.name}: {edit.what}" for edit, said in found if not said]


def test_bad_edits_are_caught(shop: Runtime) -> None:
    bad = [edit for edit in BAD if edit.name in QUICK][::2]  # `main` tries them all
    assert len(bad) >= 10
    slipped = missed(shop, bad)
    assert len(slipped) <= (1 - CAUGHT) * len(bad), slipped


def test_harmless_edits_are_left_alone(shop: Runtime) -> None:
    harmless = [edit for edit in HARMLESS if edit.name == RENTAL_NAME][::2]
    assert len(missed(shop, harmless)) == len(harmless)


def main() -> None:
    """All documents and edits, in some minutes; prints the figures of docs/golden-questions.md."""
    with TemporaryDirectory() as folder, opened(Path(folder), tuple(originals())) as runtime:
        for what, bad, harmless in (("seen", BAD, HARMLESS), ("unseen", UNSEEN_BAD, UNSEEN_HARMLESS)):
            slipped, left_alone = missed(runtime, bad), missed(runtime, harmless)
            sys.stdout.write(f"{what}: caught {len(bad) - len(slipped)} of {len(bad)} bad edits, ")
            sys.stdout.write(f"flagged {len(harmless) - len(left_alone)} of {len(harmless)} harmless ones\n")


if __name__ == "__main__":
    main()
