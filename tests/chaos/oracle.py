"""What must hold at the end of a walk: each letter was answered once, in its chat, or has one recorded reason."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from sqlalchemy import select

from balas.conversations.outcomes import UNKNOWN
from balas.database.session import reading
from balas.models import InboxMessage, Message, OutboxMessage
from tests.chaos.checker import WORD
from tests.chaos.said import Said
from tests.chaos.walk import Walk


def check(walk: Walk) -> None:
    bubbles = [
        one for one in walk.town.shown if one.from_me and one.bare_id not in {said.word.upper() for said in walk.said}
    ]
    for bare_id, copies in Counter(one.bare_id for one in bubbles).items():
        assert copies == 1, f"{bare_id} was sent {copies} times"
    owner = {word: one for one in walk.said for word in one.words}
    shown = [(one.chat_id, word) for one in bubbles for word in WORD.findall(one.text)]
    for chat_id, word in shown:
        assert chat_id in owner[word].person.addresses, f"{word} of another chat in {chat_id}"
    count = Counter(word for _, word in shown)
    with reading(walk.town.runtime.database) as session:
        letters = session.scalars(select(InboxMessage).where(InboxMessage.kind == "message")).all()
        states = set(session.scalars(select(OutboxMessage.state)))
    assert states <= {"sent", "dead", "cancelled"}
    rows = {row.bare_id: row for row in letters}
    for one in walk.said:
        if not one.by_team:
            _check_letter(walk, one, rows.get(one.word.upper()), sum(count[word] for word in one.words))
    _check_team(walk)
    _check_order(owner, [word for _, word in shown])


def _check_letter(walk: Walk, one: Said, row: InboxMessage | None, shown: int) -> None:
    erased = any(one.at <= at for at in walk.erased_at[one.person.number])
    assert shown <= 1, f"{one.word} was answered {shown} times"
    if row is None:
        assert not walk.is_owed(one), f"{one.word} was lost"
        return
    match row.state, row.reason:
        case "answered", None:
            assert shown or erased, f"{one.word}: answered, and nothing is shown"
            _check_pause(walk, one)
        case "ignored", "paused":
            assert not shown, f"{one.word}: paused, and answered"
            assert any(_leaves(walk, team, one) for team in walk.said), f"{one.word}: paused by nobody"
        case "ignored", "revoked":
            assert one.is_revoked
            assert not shown or one.saved_step is not None, f"{one.word}: taken back, and answered"
        case "ignored", "erased":
            assert erased, f"{one.word}: erased by nobody"
        case "dead", reason:
            excused = reason == UNKNOWN or shown or one.is_revoked
            assert excused, f"{one.word}: dead of {reason} after everything was tried again"
        case other:
            raise AssertionError(f"{one.word}: {other}")


def _leaves(walk: Walk, team: Said, one: Said) -> bool:
    pause = timedelta(minutes=walk.town.runtime.settings.balas_pause_minutes)
    return team.by_team and team.person is one.person and one.at < team.at + pause


def _check_pause(walk: Walk, one: Said) -> None:
    """An answer that was not saved before the team wrote is not given, unless the chat was given back since."""
    for team in walk.said:
        if not _leaves(walk, team, one) or team.looked_at_step is None or one.saved_step is None:
            continue
        back = any(step >= team.looked_at_step for step in walk.given_back[one.person.number])
        excused = back or not walk.is_owed(team)  # an erasure forgets the pause, too
        assert excused or one.saved_step <= team.looked_at_step, (
            f"{one.word}: answered, and {team.word} left it to the team"
        )


def _check_team(walk: Walk) -> None:
    with reading(walk.town.runtime.database) as session:
        archived = Counter(session.scalars(select(Message.text).where(Message.role == "operator")))
    typed = {one.message.text: one for one in walk.said if one.by_team}
    assert archived.keys() <= typed.keys(), f"our own words as the team's: {archived.keys() - typed.keys()}"
    for text, one in typed.items():
        assert archived[text] == 1 or not walk.is_owed(one), f"{text} is archived {archived[text]} times"


def _check_order(owner: dict[str, Said], shown: list[str]) -> None:
    """Except for what was on disk only when a newer one was being answered, what was tried again, and what was written
    within a second: what is read back tells no more."""
    for place, word in enumerate(shown):
        older = owner[word]
        for newer in (owner[before] for before in shown[:place]):
            is_sooner = newer.at.replace(microsecond=0) <= older.at.replace(microsecond=0)
            if newer.person is not older.person or is_sooner or older.is_retried or newer.is_retried:
                continue
            assert older.stored_step is not None
            assert newer.begun_step is not None
            assert older.stored_step >= newer.begun_step, f"{word} after {newer.word}"
