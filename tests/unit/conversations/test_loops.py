"""Who is told to be a program, and who is not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from balas.conversations import endings, handoff, turns
from balas.conversations.loops import ECHO, PACE, REPEAT, SIGNS, Said, most_turns, sign
from balas.conversations.turns import Work
from balas.database.engine import Database
from balas.database.session import transaction
from balas.models import Conversation, TurnState
from balas.values import Role
from tests.unit.conversations.writing import ALICE, NOON, join, later, message

ANSWER = "Toko buka Senin sampai Jumat pukul 08.00 sampai 20.00."
MENU = "Selamat datang di Bank Contoh! Ketik 1 untuk saldo, 2 untuk kartu, 3 untuk cabang."


def talk(*exchanges: tuple[str, str], pause: float = 2.0, ours_takes: float = 3.0) -> list[Said]:
    """Pairs of what we said and what came next, after so many seconds."""
    said, at = [Said(Role.USER, "Halo, jam buka?", NOON)], 0.0
    for ours, theirs in exchanges:
        at += ours_takes
        said.append(Said(Role.ASSISTANT, ours, later(at)))
        at += pause
        said.append(Said(Role.USER, theirs, later(at)))
    return said


def told(said: Sequence[Said], since: datetime | None = None) -> str | None:
    return sign(said, None, None, since, NOON)


def answers(said: Sequence[Said]) -> int | None:
    """After how many answers it is told; None: never."""
    for length in range(1, len(said) + 1):
        if said[length - 1].role is Role.USER and told(said[:length]):
            return sum(one.role is Role.ASSISTANT for one in said[:length])
    return None


@pytest.mark.parametrize(
    "back",
    [ANSWER, f"  {ANSWER.upper()} ", f"Anda menulis: {ANSWER}", f"Terima kasih.\n{ANSWER}\nAda lagi?", ANSWER[:44]],
)
def test_who_sends_back_what_we_say_is_stopped_after_three_answers(back: str) -> None:
    said = talk(*[(ANSWER, back)] * 6)
    assert (answers(said), told(said)) == (3, ECHO)


def test_who_says_the_same_at_once_each_time_is_stopped_after_eight_answers() -> None:
    said = talk(*[(f"Jawaban nomor {number} dari toko.", MENU) for number in range(12)])
    assert (answers(said), told(said)) == (8, REPEAT)
    assert sign(said, None, None, None, NOON, limited=False) is None


def test_a_ticket_number_makes_a_long_text_no_new_one_and_a_size_makes_a_short_one_new() -> None:
    tickets = [
        (f"Jawaban {n}.", f"Terima kasih, pesan Anda kami terima dengan nomor tiket {n * 7919}.") for n in range(12)
    ]
    assert answers(talk(*tickets)) == 8
    assert answers(talk(*[(f"Harganya Rp{n}0.000.", f"kopi {n}00 g?") for n in range(1, 12)])) is None


def test_short_questions_of_one_burst_are_no_long_text() -> None:
    said: list[Said] = []
    for number in range(8):
        at = later(10 * number)
        said += [Said(Role.USER, f"kopi {size + number} gram?", at) for size in (100, 200, 300)]
        said.append(Said(Role.ASSISTANT, f"Jawaban {number}.", at + timedelta(seconds=5)))
    assert answers(said) is None


def test_two_menus_in_turn_are_told_too() -> None:
    said = talk(*[(f"Jawaban {n}.", MENU if n % 2 else "Maaf, pilihan itu tidak ada. Ulangi.") for n in range(10)])
    assert answers(said) == 8


def test_three_things_in_turn_are_told_after_twelve() -> None:
    said = talk(*[(f"Jawaban {n}.", ("satu dua", "tiga empat", "lima enam")[n % 3]) for n in range(14)])
    assert answers(said) == 12


@pytest.mark.parametrize("pause", [0.5, 5.0])
def test_who_asks_many_things_quickly_is_a_person(pause: float) -> None:
    questions = [f"{thing} berapa?" for thing in ("kopi", "teh", "gula", "susu", "roti", "keju", "madu", "beras")]
    assert (
        answers(talk(*[(f"{one[:-1]}: Rp{n}0.000.", one) for n, one in enumerate(questions * 1)], pause=pause)) is None
    )


def test_who_asks_again_and_again_but_reads_in_between_is_a_person() -> None:
    assert answers(talk(*[(ANSWER, "saya mau refund")] * 10, pause=25.0)) is None


def test_one_who_asks_the_same_four_times_at_once_is_a_person() -> None:
    asked = ["saya mau refund"] * 4 + ["halo, ada orang di sana?"] + ["saya mau refund"] * 2
    assert answers(talk(*[(ANSWER, one) for one in asked])) is None


def test_who_repeats_our_words_twice_or_says_them_by_chance_is_a_person() -> None:
    assert answers(talk((ANSWER, ANSWER), (ANSWER, ANSWER), (ANSWER, "ok, makasih"))) is None
    assert answers(talk(*[("Sama-sama!", "Sama-sama!")] * 4)) is None


def test_who_writes_while_we_answer_is_not_judged_by_it() -> None:
    said = [Said(Role.USER, "halo", later(number)) for number in range(9)]
    assert told([*said, Said(Role.ASSISTANT, ANSWER, later(10)), Said(Role.USER, "halo", later(11))]) is None


def test_an_answer_in_several_bubbles_is_one() -> None:
    said = [Said(Role.USER, MENU, NOON)]
    for number in range(8):
        start = 10 * number
        said += [Said(Role.ASSISTANT, f"Bagian {part} dari {number}.", later(start + part)) for part in (1, 2, 3)]
        said.append(Said(Role.USER, MENU, later(start + 5)))
    assert (answers(said), told(said)) == (24, REPEAT)


def test_somebody_of_the_team_in_the_chat_begins_it_anew() -> None:
    said = talk(*[(ANSWER, MENU)] * 4)
    at = said[-1].at
    said += [Said(Role.OPERATOR, "Halo, ini Rina.", at), Said(Role.USER, MENU, at), Said(Role.ASSISTANT, ANSWER, at)]
    assert told([*said, Said(Role.USER, MENU, at + timedelta(seconds=1))]) is None


def test_what_was_said_before_it_was_given_back_proves_nothing() -> None:
    said = talk(*[(ANSWER, MENU)] * 9)
    assert told(said) == REPEAT
    assert told(said, since=said[-2].at) is None
    assert told([*said, *talk(*[(ANSWER, MENU)] * 9)], since=NOON - timedelta(seconds=1)) is not None


def test_more_turns_than_anybody_reads_are_told_by_when_the_first_of_them_began() -> None:
    assert (most_turns(10), most_turns(1), most_turns(0), most_turns(100_000)) == (60, 40, 0, 0)
    for minutes, given_back, expected in ((19, None, PACE), (21, None, None), (19, 18, None), (19, 20, PACE)):
        since = None if given_back is None else NOON - timedelta(minutes=given_back)
        assert sign([], None, NOON - timedelta(minutes=minutes), since, NOON) == expected
    assert sign([], None, None, None, NOON) is None


def test_a_turn_is_claimed_with_the_pace_of_its_chat(database: Database) -> None:
    """Three turns within twenty minutes are too many here; a chat of somebody else, or given back, begins anew."""
    bob = "12025550102@c.us"

    def claimed(number: int, chat: str = ALICE, most: int = 3) -> str | None:
        with transaction(database) as session:
            at = later(60.0 * number)
            turn, _ = join(session, message(f"pertanyaan {number}", f"3EB{chat[10]}{number}", chat), 0.0, at)
            work = turns.claim_work(session, turn.id, at, most)
            assert isinstance(work, Work)
            endings.finish(session, turn.id, TurnState.ANSWERED, at, token=work.token)
            return work.loop

    assert [claimed(number) for number in range(4)] == [None, None, None, PACE]
    assert [claimed(number, most=0) for number in (4, 5)] == [None, None]
    assert [claimed(number, bob) for number in range(4)] == [None, None, None, PACE]
    with transaction(database) as session:
        chat = session.scalars(select(Conversation).where(Conversation.chat_key == ALICE)).one()
        handoff.await_person(session, chat.id, PACE, later(360))
    assert claimed(6, most=0) == PACE, "stopped is stopped"
    with transaction(database) as session:
        assert handoff.person_came(session, chat.id, later(390))
    assert [claimed(number) for number in range(7, 11)] == [None, None, None, PACE]
    assert [claimed(number) for number in (31, 51, 71)] == [None, None, None], "slowly"


def test_a_loop_remains_one_whatever_is_asked_in_it(database: Database) -> None:
    with transaction(database) as session:
        _, chat = join(session, message())
        for why, kept in (("unanswered", "unanswered"), ("asked", "asked"), (ECHO, ECHO), ("asked", ECHO)):
            handoff.await_person(session, chat.id, why, NOON)
            session.refresh(chat)
            assert chat.waiting_for == kept


@pytest.mark.parametrize("why", sorted(SIGNS))
def test_what_is_stopped_stays_so(why: str) -> None:
    assert sign([], why, None, None, NOON) == why


def test_who_waits_for_a_person_otherwise_is_answered_meanwhile() -> None:
    assert sign([], "asked", None, None, NOON) is None
