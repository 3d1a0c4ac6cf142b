"""What a comparison of two versions tells, with no question asked at all."""

from __future__ import annotations

import sys

from balas.errors import DocumentRejected
from balas.knowledge.chunker import chunk
from balas.knowledge.files import sniff
from balas.knowledge.parser import parse
from balas.rag.measuring.facts import Loss, losses
from balas.rag.words.language import detect
from balas.values import Passage
from tests.unit.knowledge.edited_documents import originals
from tests.unit.knowledge.edits import Edit
from tests.unit.knowledge.seeded_edits import BAD, HARMLESS
from tests.unit.knowledge.unseen_edits import UNSEEN_BAD, UNSEEN_HARMLESS

CAUGHT = 0.95
FLAGGED = 0.1


def passages(name: str, content: bytes) -> list[Passage]:
    document = parse(name, content, sniff(name, content))
    return [
        Passage(
            number, 1, document.title, piece.heading, piece.page, piece.text, piece.position, 0, 0, 0, 0,
            kind=piece.kind, language=detect(piece.text),
        )
        for number, piece in enumerate(chunk(document))
    ]  # fmt: skip


def told(edit: Edit) -> list[Loss] | None:
    """None where the file cannot be read any more."""
    content = originals()[edit.name]
    try:
        changed = passages(edit.name, edit.change(content))
    except DocumentRejected:
        return None
    return losses(passages(edit.name, content), changed)


def shown(found: list[Loss] | None) -> str:
    if found is None:
        return "not readable"
    return f"{len(found)}: {found[0].reason}: {found[0].before[:60]} -> {found[0].after[:60]}" if found else "-"


def slipped(edits: list[Edit]) -> list[str]:
    return [f"{edit.name}: {edit.what}" for edit in edits if told(edit) == []]


def test_what_is_lost_is_told() -> None:
    edits = BAD + UNSEEN_BAD
    assert len(slipped(edits)) <= (1 - CAUGHT) * len(edits), slipped(edits)


def test_harmless_edits_are_left_alone() -> None:
    edits = HARMLESS + UNSEEN_HARMLESS
    assert len(edits) - len(slipped(edits)) <= FLAGGED * len(edits), [shown(told(edit)) for edit in edits]


def test_a_loss_says_what_stood_there() -> None:
    (loss,) = told(UNSEEN_BAD[0]) or []
    assert "Harga: Rp 88.000" in loss.before
    assert "Harga: Rp 8.800" in loss.after


def main() -> None:
    for title, edits in (
        ("BAD", BAD),
        ("UNSEEN BAD", UNSEEN_BAD),
        ("HARMLESS", HARMLESS),
        ("UNSEEN HARMLESS", UNSEEN_HARMLESS),
    ):
        for edit in edits:
            sys.stdout.write(f"{title} {edit.name:24} {edit.what:34} {' '.join(shown(told(edit)).split())[:170]}\n")
        sys.stdout.write(f"{title}: {len(edits) - len(slipped(edits))} of {len(edits)} told\n")


if __name__ == "__main__":
    main()
