"""Thousands to a million demo tickets: copies of the stories at other times, by other people, in other words.

Every copy has its valid hash chain, one history row and one event per version, its outbox rows and search tokens, so
that `verify_audit` and `invariants` hold. Rows go to the database directly; see `sink`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import transaction

from helpdesk.accounts.models import TeamMembership, User
from helpdesk.common.search import index_texts, join_tokens
from helpdesk.demo import builder, sink, texts
from helpdesk.demo.cast import DEMO_USERNAMES, Cast
from helpdesk.demo.patterns import EventCut, Pattern, Sinks, capture
from tickets.chain import link
from tickets.lifecycle import FINAL, OPEN
from tickets.models import DeskSettings, NumberCounter, Ticket
from tickets.numbering import format_number
from tickets.services.timers import run_due

SEED = 20417
YEARS = 1.5  # how far back the tickets go
BATCH = 4_000  # tickets per transaction
SETTLING_DAYS = 45  # after these days whatever the requester had in hand is closed and archived
SAFE = timedelta(days=2)  # no timer of a copy fires within it
_DAY = 24 * 3600


@dataclass
class Crowd:
    """Who acts in copies: employees with their contact data, and the agents of each team."""

    employees: list[User]
    pools: dict[int, list[int]]  # person of a pattern → people who may take that part
    fixed: set[int] = field(default_factory=set)


def play(*, cast: Cast, count: int, at: datetime, tell: Callable[[str], None]) -> int:
    """Write `count` tickets from the year and a half before `at`. The cast's own stories are played by `builder`."""
    random = Random(SEED)
    sinks = Sinks.open()
    patterns = _patterns(sinks, cast, at)
    crowd = _crowd(cast, count, random)
    plan = sorted(_plan(patterns, count, at, random))
    copier = Copier(sinks, patterns, crowd, random)
    for start in range(0, len(plan), BATCH):
        with transaction.atomic():
            for key in plan[start : start + BATCH]:
                copier.copy(patterns[key % 1024], key // 1024)
            copier.save()
        if start % 100_000 == 0 and start:
            tell(f"{start:,} tickets …")
    sink.finish(sinks)
    return len(plan)


def _patterns(sinks: Sinks, cast: Cast, at: datetime) -> list[Pattern]:
    """What the services make of the stories, now and after the timers have run; then it is undone."""
    with transaction.atomic():
        # Surveys have rows of their own, which copies lack.
        DeskSettings.objects.update(survey_days=0)
        builder.play(cast=cast, at=at, with_files=False)
        tickets = Ticket.objects.select_related("requester").order_by("pk")
        patterns = capture(sinks, tickets)
        for day in range(1, SETTLING_DAYS + 1):
            run_due(at=at + timedelta(days=day))
        patterns = [pattern for pattern in patterns if not pattern.is_archived]
        patterns += capture(sinks, tickets.filter(archived_at__isnull=False))
        transaction.set_rollback(True)
    desk = {person.pk for person in cast.people.values() if person.is_desk}
    return [pattern for pattern in patterns if pattern.requester not in desk]


def _plan(patterns: list[Pattern], count: int, at: datetime, random: Random) -> Iterator[int]:
    """Keys `second of creation × 1024 + pattern`, so that sorting them gives the order of creation."""
    archived = [index for index, pattern in enumerate(patterns) if pattern.is_archived]
    open_now = [index for index, pattern in enumerate(patterns) if pattern.status in OPEN and _room(pattern, at) >= 0]
    closed = [
        index
        for index, pattern in enumerate(patterns)
        if pattern.status in FINAL and not pattern.is_archived and _room(pattern, at) >= 0
    ]
    open_count = min(count, max(200, count * 15 // 1000))
    closed_count = min(count - open_count, count * 4 // 100)
    for choices, number in ((open_now, open_count), (closed, closed_count)):
        for _copy in range(number):
            index = random.choice(choices)
            days = random.randint(0, _room(patterns[index], at))
            yield _key(patterns[index], index, days * _DAY + random.randrange(0, 9000))
    for _copy in range(count - open_count - closed_count):
        index = random.choice(archived)
        soonest = max(0, (patterns[index].ends_at - at).days + 2)
        weeks = -(-soonest // 7) + random.randrange(0, int(YEARS * 52))
        yield _key(patterns[index], index, weeks * 7 * _DAY - random.randrange(0, 9000))


def _key(pattern: Pattern, index: int, seconds_earlier: int) -> int:
    return (int(pattern.begins_at.timestamp()) - seconds_earlier) * 1024 + index


def _room(pattern: Pattern, at: datetime) -> int:
    """By how many days the pattern may be older without its timer being due; negative: not at all."""
    return 13 if pattern.timer_at is None else (pattern.timer_at - at - SAFE).days


def _crowd(cast: Cast, count: int, random: Random) -> Crowd:
    """Employees and agents in proportion to the tickets. They can't sign in."""
    departments = list(cast.departments.values())

    def people(prefix: str, number: int, **flags: Any) -> list[User]:
        made = []
        for index in range(1, number + 1):
            name, language = texts.person_name(random)
            username = f"{prefix}{index:05}"
            made.append(
                User(
                    username=username,
                    email=f"{username}@example.com",
                    full_name=name,
                    department=random.choice(departments),
                    phone=str(random.randint(2000, 9999)),
                    location=f"{random.choice('ABC')} 座 {random.randint(1, 15):02}-{random.randint(1, 150):03}",
                    language=language,
                    password=UNUSABLE_PASSWORD_PREFIX,
                    **flags,
                )
            )
        return User.objects.bulk_create(made, batch_size=500)

    employees = people("staff", min(10_000, max(50, count // 50)))
    extra = min(12, max(2, count // 8000))
    pools: dict[int, list[int]] = {}
    for code, team in cast.teams.items():
        recruits = people(f"desk-{code.replace('_', '-')}-", extra, is_agent=True)
        TeamMembership.objects.bulk_create(TeamMembership(team=team, user=person) for person in recruits)
        members = sorted(team.memberships.values_list("user_id", flat=True))
        for member in members:
            pools[member] = [person for person in members if person != cast["lead"].pk]
    fixed = {cast["lead"].pk, cast["admin"].pk}
    assert set(DEMO_USERNAMES) <= set(cast.people)
    return Crowd(employees, pools, fixed)


class Copier:
    """Writes copies of patterns into the sinks."""

    def __init__(self, sinks: Sinks, patterns: list[Pattern], crowd: Crowd, random: Random) -> None:
        self.sinks = sinks
        self.crowd = crowd
        self.random = random
        desk = DeskSettings.current()
        self.number_format = desk.number_format
        self.running_number = max(
            NumberCounter.objects.values_list("value", flat=True).get(name="ticket"), desk.first_number - 1
        )
        self.zone = ZoneInfo(settings.TIME_ZONE)
        self.encode = sinks.tickets.encode
        names = ("id", "number", "subject", "description", "device_hostname")
        contact = ("contact_name", "contact_department", "contact_phone", "contact_email", "contact_location")
        self.ticket_places = [sinks.tickets.position(name) for name in (*names, *contact)]
        self.history_places = [sinks.history.position(name) for name in (*names, *contact)]
        self.history_pk = sinks.history.position("history_id")
        self.message_places = [sinks.messages.position(name) for name in ("id", "ticket_id")]
        event_fields = ("id", "ticket_id", "message_id", "data", "previous_hash", "hash")
        self.event_places = [sinks.events.position(name) for name in event_fields]
        outbox_fields = ("id", "uuid", "event_key", "subject_id", "payload")
        self.outbox_places = [sinks.outbox.position(name) for name in outbox_fields]
        self.watcher_places = [sinks.watchers.position(name) for name in ("id", "ticket_id")]
        self.promise_places = [sinks.promises.position(name) for name in ("id", "ticket_id")]
        self.departments = {person.pk: person.department.name_zh for person in crowd.employees if person.department}

    def save(self) -> None:
        for each in self.sinks:
            each.flush()
        NumberCounter.objects.filter(name="ticket").update(value=self.running_number)

    def copy(self, pattern: Pattern, begins_at_second: int) -> None:
        """One ticket like the pattern, created at that second (since 1970)."""
        begins_at = datetime.fromtimestamp(begins_at_second, UTC)
        shift = begins_at - pattern.begins_at
        moments = {instant: instant + shift for instant in pattern.instants}
        instants = {instant: self.encode(moment) for instant, moment in moments.items()}
        requester, people = self._recast(pattern)
        encoded_people = {before: self.encode(after) for before, after in people.items()}
        self.running_number += 1
        number = format_number(self.number_format, n=self.running_number, year=begins_at.astimezone(self.zone).year)
        pk = self.sinks.tickets.next_pk()
        subject, description = texts.vary(self.random, pattern.subject, pattern.description, number=self.running_number)
        hostname = texts.asset(self.running_number)
        department = self.departments.get(requester.pk, "")
        own = (pk, number, subject, description, hostname, requester.full_name, department, requester.phone)
        values = [self.encode(value) for value in (*own, requester.email, requester.location)]
        self._put(self.sinks.tickets, pattern.ticket.fill(instants, encoded_people), self.ticket_places, values)
        for cut in pattern.history:
            row = cut.fill(instants, encoded_people)
            row[self.history_pk] = self.encode(self.sinks.history.next_pk())
            self._put(self.sinks.history, row, self.history_places, values)
        message_pks = []
        for cut in pattern.messages:
            message_pks.append(self.sinks.messages.next_pk())
            keys = [self.encode(message_pks[-1]), values[0]]
            self._put(self.sinks.messages, cut.fill(instants, encoded_people), self.message_places, keys)
        for cut in pattern.watchers:
            keys = [self.encode(self.sinks.watchers.next_pk()), values[0]]
            self._put(self.sinks.watchers, cut.fill(instants, encoded_people), self.watcher_places, keys)
        promise_pks = []
        for cut in pattern.promises:
            promise_pks.append(self.sinks.promises.next_pk())
            keys = [self.encode(promise_pks[-1]), values[0]]
            self._put(self.sinks.promises, cut.fill(instants, encoded_people), self.promise_places, keys)
        promises = dict(zip(pattern.promise_ids, promise_pks, strict=True))
        self._copy_events(pattern, pk, moments, instants, people, encoded_people, message_pks, promises)
        public = index_texts((number, subject, description, hostname, requester.full_name))
        tokens = (join_tokens((public, pattern.public_tokens)), pattern.internal_tokens)
        self.sinks.search.rows.append([values[0], *map(self.encode, tokens)])

    def _put(self, into: sink.Sink, row: sink.Row, places: list[int], values: list[Any]) -> None:
        for place, value in zip(places, values, strict=True):
            row[place] = value
        into.rows.append(row)

    def _copy_events(
        self,
        pattern: Pattern,
        ticket: int,
        moments: dict[datetime, datetime],
        instants: dict[datetime, Any],
        people: dict[int, int],
        encoded_people: dict[int, Any],
        messages: list[int],
        promises: dict[int, int],
    ) -> None:
        """The events with their hash chain, and the outbox rows of each."""
        previous = ""
        for event in pattern.events:
            pk = self.sinks.events.next_pk()
            message = messages[event.message] if event.message is not None else None
            data = _renamed(event, people, moments, promises) if event.has_ids_in_data else event.facts["data"]
            facts = {
                **event.facts,
                "ticket": ticket,
                "actor": people[event.actor] if event.actor is not None else None,
                "message": message,
                "data": data,
                "at": moments[event.at],
            }
            digest = link(previous, facts)
            values = [self.encode(value) for value in (pk, ticket, message, data, previous, digest)]
            self._put(self.sinks.events, event.cut.fill(instants, encoded_people), self.event_places, values)
            previous = digest
            for cut in event.outbox:
                uuid = UUID(int=self.random.getrandbits(128), version=4)
                own = (self.sinks.outbox.next_pk(), uuid, f"ticket-event-{pk}", ticket, {"event": pk})
                values = [self.encode(value) for value in own]
                self._put(self.sinks.outbox, cut.fill(instants, encoded_people), self.outbox_places, values)

    def _recast(self, pattern: Pattern) -> tuple[User, dict[int, int]]:
        """Other people for the pattern's: agents by ones of the same team, others by employees. Nobody twice."""
        people: dict[int, int] = {}
        taken: set[int] = set()
        requester = self.random.choice(self.crowd.employees)
        for person in pattern.people:
            if person in self.crowd.fixed:
                people[person] = person
                continue
            pool = self.crowd.pools.get(person)
            while True:
                if pool:
                    chosen = self.random.choice(pool)
                elif person == pattern.requester and requester.pk not in taken:
                    chosen = requester.pk
                else:
                    chosen = self.random.choice(self.crowd.employees).pk
                if chosen not in taken:
                    break
            people[person] = chosen
            taken.add(chosen)
        return requester, people


def _renamed(
    event: EventCut, people: dict[int, int], moments: dict[datetime, datetime], promises: dict[int, int]
) -> dict[str, Any]:
    """The event's data with the people, promises and instants of the copy."""
    data: dict[str, Any] = deepcopy(event.facts["data"])
    if "person" in data:
        data["person"] = people[data["person"]]
    if "promised" in data:
        data["promised"] = promises[data["promised"]]
        data["due_at"] = moments[datetime.fromisoformat(data["due_at"])].isoformat()
    changes = data.get("changes", {})
    for name, rename in (
        ("assignee_id", lambda person: people[person]),
        ("next_action_at", lambda text: moments[datetime.fromisoformat(text)].isoformat()),
    ):
        if name in changes:
            changes[name] = [None if value is None else rename(value) for value in changes[name]]
    return data
