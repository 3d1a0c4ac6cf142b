"""A walk through the town: what may happen there, chosen at random, step by step, until everything is at rest."""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy import select

from balas.api.users import erased
from balas.conversations import books, handoff, inbox, letters, policy, tombstones
from balas.database import clock
from balas.database.session import reading, transaction
from balas.errors import DatabaseUnavailable, NotFound
from balas.jobs import catch_up, sweep
from balas.jobs.line import perform
from balas.models import OPEN_SENDS, OPEN_STATES, OPEN_TURNS, Conversation, InboxMessage, OutboxMessage, Turn, TurnState
from balas.ports import JobName, Ring
from balas.runtime import revive_all
from balas.values import (
    ChatKind,
    EventContent,
    InboundMessage,
    MessageAck,
    MessageEdited,
    MessageKind,
    MessageRevoked,
    WebhookEvent,
)
from balas.waha.events import dedupe_key
from tests.chaos.said import Person, Said
from tests.chaos.town import Faults, Killed, Town

RULES = policy.Rules(frozenset(["default"]), timedelta(hours=6))


class Walk:
    def __init__(self, town: Town, people: list[Person]) -> None:
        self.town, self.dice, self.people = town, town.dice, people
        self.said: list[Said] = []
        self.post: list[WebhookEvent] = []  # webhooks on their way
        self.step = 0
        self.given_back: dict[str, list[int]] = defaultdict(list)
        self.erased_at: dict[str, list[datetime]] = defaultdict(list)
        self.reader = catch_up.Reader(town.runtime)
        faults, town.faults = town.faults, Faults()
        self.reader.run()  # what is older than the first reading was never ours to answer
        town.faults = faults
        self.journal: list[list[str]] = []
        self.entries: list[list[str]] = []  # of the steps that are under way, one in the other
        town.meanwhile = self.anything

    # ---- what may happen ---------------------------------------------------------------------------------------------

    def anything(self) -> None:
        steps = {
            self.somebody_writes: 10,
            self.a_webhook_arrives: 24,
            self.a_job_runs: 30,
            self.a_doorbell_is_lost: 2,
            self.time_passes: 12,
            self.the_sweep_runs: 6,
            self.waha_is_read_back: 3,
            self.the_team_writes: 2,
            self.the_team_gives_back: 1,
            self.somebody_edits: 1,
            self.somebody_takes_back: 1,
            self.somebody_is_erased: 1 if self.dice.random() < 0.4 else 0,
            self.dead_letters_are_retried: 1,
        }
        chosen = self.dice.choices(list(steps), list(steps.values()))[0]
        self.step += 1
        self.begin(chosen.__name__)
        self.town.depth += 1
        try:
            chosen()
        except Killed as place:
            self.note(f"KILLED {place}")
        except DatabaseUnavailable:
            self.note("database away")
        finally:
            self.town.depth -= 1
            self.entries.pop()
        self.look()

    def begin(self, what: str) -> None:
        self.entries.append([f"{self.step:4} {self.town.now:%H:%M:%S.%f} {'  ' * self.town.depth}{what}"])
        self.journal.append(self.entries[-1])

    def note(self, *texts: str) -> None:
        if self.entries:
            self.entries[-1].extend(texts)

    def somebody_writes(self) -> None:
        self.writes(self.dice.choice(self.people), by_team=False)

    def the_team_writes(self) -> None:
        self.writes(self.dice.choice(self.people), by_team=True)

    def writes(self, person: Person, *, by_team: bool) -> None:
        town = self.town
        town.pass_time(self.dice.choice([0.3, 1.1, 4.0]))
        word = f"kata{len(self.said):05d}x"
        chat_id = person.lid if person.lid and self.dice.random() < 0.6 else f"{person.number}@c.us"
        tells = not chat_id.endswith("@lid") or person.tells_number
        message = InboundMessage(
            waha_message_id=f"{str(by_team).lower()}_{chat_id}_{word.upper()}",
            bare_id=word.upper(),
            chat_id=chat_id,
            chat_kind=ChatKind.PERSON,
            sender_id=chat_id,
            from_me=by_team,
            source="app",
            kind=MessageKind.TEXT,
            text=f"tim menulis {len(self.said)}" if by_team else f"Jam buka? {word}",
            sent_at=town.now.replace(microsecond=0),
            phone=person.number if tells else None,
        )
        self.said.append(Said(person, word, message, town.now, by_team, [word]))
        town.shown.append(message)
        self.note(f"{word} {chat_id}")
        for _ in range(self.dice.choice([0, 1, 1, 1, 1, 2])):
            self.posts("message.any", message)

    def posts(self, name: str, content: EventContent) -> None:
        event_id = f"evt{self.step}{len(self.post)}"
        self.post.append(WebhookEvent(name, "default", event_id, self.town.now, "NOWEB", None, content))

    def a_webhook_arrives(self) -> None:
        for echo in self.town.echoes:
            self.posts("message.any", echo)
            self.posts("message.ack", MessageAck(echo.chat_id, echo.bare_id, self.dice.choice([1, 2, 3])))
        self.town.echoes.clear()
        if not self.post:
            return
        group = [self.post.pop(self.dice.choice([0, self.dice.randrange(len(self.post))]))]
        if self.post and self.dice.random() < 0.3:
            group.append(self.post.pop(0))
        self.take_in(group)

    def take_in(self, group: list[WebhookEvent]) -> None:
        now = self.town.now
        rows = [letters.of_event(one, policy.screen(one, RULES, now), dedupe_key(one, b""), now) for one in group]
        self.note(*(f"{row['kind']} {row['bare_id']}" for row in rows))
        try:
            with transaction(self.town.runtime.database) as session:
                stored = inbox.store(session, rows)
        except (DatabaseUnavailable, Killed):
            self.post += group  # no 2xx: WAHA repeats it
            raise
        self.town.queue.ring(
            *(
                Ring(JobName.PROCESS_MESSAGE, kept.row_id)
                for row, kept in zip(rows, stored, strict=True)
                if kept.is_new and row["pending"]
            )
        )

    def a_job_runs(self) -> None:
        due = self.town.queue.due()
        if not due:
            return
        one = self.dice.choice(due)
        if self.dice.random() < 0.95:  # else it rings twice
            self.town.queue.waiting.remove(one)
        self.note(f"{one[1].job} {one[1].row_id}")
        perform(self.town.runtime, one[1].job, one[1].row_id)

    def a_doorbell_is_lost(self) -> None:
        if self.town.queue.waiting:
            self.town.queue.waiting.remove(self.dice.choice(self.town.queue.waiting))

    def time_passes(self) -> None:
        seconds = self.dice.choice([0.2, 1.0, 1.0, 3.0, 5.0, 15.0, 45.0, 200.0, 700.0])
        self.town.pass_time(seconds, frozen=self.dice.random() < 0.3)

    def the_sweep_runs(self) -> None:
        self.town.queue.ring(*sweep.run(self.town.runtime))

    def waha_is_read_back(self) -> None:
        self.town.queue.ring(*self.reader.run())

    def the_team_gives_back(self) -> None:
        person = self.dice.choice(self.people)
        with transaction(self.town.runtime.database) as session:
            for one in session.scalars(select(Conversation.id).where(Conversation.chat_key.in_(person.addresses))):
                handoff.give_back(session, one, clock.now(session))
        self.given_back[person.number].append(self.step)

    def somebody_edits(self) -> None:
        mine = [one for one in self.said if not one.by_team and not one.is_revoked]
        if mine:
            one = self.dice.choice(mine)
            word = f"kata9{self.step:06d}x"
            one.words.append(word)
            message = one.message
            change = MessageEdited(message.chat_id, message.bare_id, f"Jam buka? {word}", from_me=False)
            self.note(f"{one.word} -> {word}")
            self.town.edits(message.bare_id, change.text)
            self.posts("message.edited", change)

    def somebody_takes_back(self) -> None:
        mine = [one for one in self.said if not one.by_team]
        if mine:
            one = self.dice.choice(mine)
            one.is_revoked = True
            message = one.message
            change = MessageRevoked(message.chat_id, message.bare_id, from_me=False)
            self.note(one.word)
            self.town.takes_back(message.bare_id)
            self.posts("message.revoked", change)

    def somebody_is_erased(self) -> None:
        person = self.dice.choice(self.people)
        self.note(person.number)
        with suppress(NotFound):
            try:
                erased(self.town.runtime, phone=person.number)
            except (Killed, DatabaseUnavailable):  # it may be committed
                self.erased_at[person.number].append(self.town.now)
                raise
            self.erased_at[person.number].append(self.town.now)

    def dead_letters_are_retried(self) -> None:
        with reading(self.town.runtime.database) as session:
            dead = set(session.scalars(select(InboxMessage.bare_id).where(InboxMessage.state == "dead")))
        for one in self.said:
            one.is_retried |= one.word.upper() in dead
        revive_all(self.town.runtime.database, self.town.queue)

    # ---- what came of it ---------------------------------------------------------------------------------------------

    def look(self) -> None:
        """After each step: the books balance, and what became of each message is written down."""
        columns = (InboxMessage.bare_id, InboxMessage.reason, InboxMessage.pending, Turn.state)
        query = select(*columns).outerjoin(Turn, Turn.id == InboxMessage.turn_id).where(InboxMessage.kind == "message")
        with reading(self.town.runtime.database) as session:
            books_now = books.balance(session)
            rows = {row.bare_id: row for row in session.execute(query)}
        assert books_now.received == books_now.answered + books_now.ignored + books_now.dead + books_now.open
        for one in self.said:
            row = rows.get(one.word.upper())
            if row is None:
                continue
            if one.stored_step is None:
                one.stored_step = self.step
            if one.looked_at_step is None and not row.pending:
                one.looked_at_step = self.step
            if one.begun_step is None and row.state not in (None, TurnState.GATHERING):
                one.begun_step = self.step
            if one.saved_step is None and row.state in (TurnState.SENDING, TurnState.ANSWERED):
                one.saved_step = self.step

    def settle(self) -> None:
        """Nothing goes wrong any more; all that was said is told, and everything comes to its end."""
        self.town.faults = Faults()
        for turn in range(120):
            self.begin("settling")
            while self.post or self.town.echoes:
                self.a_webhook_arrives()
            while self.town.queue.due():
                self.a_job_runs()
            self.the_sweep_runs()
            self.entries.pop()
            self.look()
            if not self.left():
                return
            if turn % 3 == 0:
                self.waha_is_read_back()
            self.town.pass_time(5.0 if turn < 20 else 20.0)
        raise AssertionError(f"stuck: {self.left()}")

    def is_owed(self, one: Said) -> bool:
        """Whether WAHA still shows it, and it is nothing that was erased."""
        grace = tombstones.OWN_GRACE if one.by_team else timedelta(0)
        return not one.is_revoked and not any(one.at <= at + grace for at in self.erased_at[one.person.number])

    def left(self) -> list[str]:
        open_letter = InboxMessage.state.in_(OPEN_STATES) | InboxMessage.pending
        with reading(self.town.runtime.database) as session:
            found = [f"letter {one}" for one in session.scalars(select(InboxMessage.id).where(open_letter))]
            found += [f"turn {one}" for one in session.scalars(select(Turn.id).where(Turn.state.in_(OPEN_TURNS)))]
            bubbles = select(OutboxMessage.id).where(OutboxMessage.state.in_(OPEN_SENDS))
            found += [f"bubble {one}" for one in session.scalars(bubbles)]
        return found + [f"not told: {one.word}" for one in self.said if one.stored_step is None and self.is_owed(one)]
