"""What promised times cost: acts with and without policies, the sweep, judging anew, and trying a draft.

Runs in a process of its own on a database that may be spoilt: `python -m bench.service_levels`. Prints a JSON line per
figure: name, value, unit, limit (or null), note. Rows that are only to be passed over are written directly.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")

TARGETS = {"receipt": 30, "response": 60, "update": 480, "resolution": 960, "confirmation": 2400}
PAUSES = {"response": ["user"], "update": ["user"], "resolution": ["user", "vendor"]}
DRAFT = {**TARGETS, "receipt": 15, "resolution": 480}
ACTS = 60
SWEEPS = 100
FEW, SOME, MANY = 5_000, 50_000, 500_000  # clocks that aren't due
DUE = 500
JUDGED = 1_000
MEGABYTE = 1024

Figure = tuple[str, float, str, float | None, str]


def figures() -> Iterator[Figure]:
    from django.utils import timezone

    from escalation import doorbell
    from escalation.services import whatif
    from helpdesk.accounts.models import User

    doorbell.ring = lambda: None  # nobody else is to work on the try
    admin = User.objects.get(username="admin")
    at = timezone.now()
    _grow(whatif.MOST)
    without = _acts()
    policy, calendar = _make_policy(admin, at)
    with_clocks = _acts()
    for name, (milliseconds, queries) in with_clocks.items():
        before, fewer = without[name]
        note = f"{before:.1f} ms and {fewer} queries without policies, {milliseconds:.1f} ms and {queries} with"
        yield f"{name} with clocks", round(milliseconds / before, 2), "× without", None, note
    yield from _judging(policy, calendar, admin)
    yield _what_if(policy, calendar, admin, timezone.now())
    yield from _sweeping(policy, timezone.now())


def _make_policy(admin: Any, at: datetime) -> tuple[Any, Any]:
    from escalation.models import BusinessCalendar, SlaPolicy, SlaRule
    from escalation.services.calendars import save_calendar
    from escalation.services.policies import Terms, publish, save_rule

    calendar = BusinessCalendar(name_zh="量", timezone="Asia/Shanghai", country="CN")
    calendar.hours = [["09:00-12:00", "13:30-18:00"]] * 5 + [[], []]
    save_calendar(calendar=calendar, actor=admin)
    policy = SlaPolicy(name_zh="量")
    publish(policy=policy, terms=Terms(calendar, TARGETS, PAUSES), actor=admin, at=at)
    save_rule(rule=SlaRule(policy=policy), actor=admin)
    return policy, calendar


def _acts() -> dict[str, tuple[float, int]]:
    """Median milliseconds and number of queries of acts on fresh tickets, each committed."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext
    from django.utils import timezone

    from helpdesk.accounts.models import User
    from helpdesk.common.outbox import without_doorbell
    from tickets.models import Category, RequestKind
    from tickets.services.conversation import post_message
    from tickets.services.create import Request, submit_ticket

    agent, requester = User.objects.get(username="lead"), User.objects.get(username="requester")
    request = Request(
        subject="财务系统白屏",
        description="登录后整个页面都是白的。",
        kind=RequestKind.objects.get(code="incident"),
        category=Category.objects.get(code="printing"),
    )
    made: list[Any] = []

    def create() -> None:
        now = timezone.now()
        made.append(submit_ticket(request=request, requester=requester, actor=requester, channel="portal", at=now))

    def answer() -> None:
        post_message(ticket_id=made[-1].pk, actor=agent, body="请问现在好了吗？", kind="public", at=timezone.now())

    found = {}
    with without_doorbell():
        for name, act in (("creating a ticket", create), ("first reply", answer)):
            taken = []
            for _number in range(ACTS):
                if act is answer:
                    create()
                taken.append(_milliseconds(act))
            if act is answer:
                create()
            with CaptureQueriesContext(connection) as queries:
                act()
            found[name] = (median(taken), len(queries))
    return found


def _judging(policy: Any, calendar: Any, admin: Any) -> Iterator[Figure]:
    """A thousand open tickets by a policy that is new, then by its next version."""
    from django.utils import timezone

    from escalation.services import alarms
    from escalation.services.policies import Terms, publish

    for name in ("clocks of 1,000 open tickets begun afterwards", "clocks of 1,000 open tickets judged anew"):
        watch, passes = Watch(), iter(range(JUDGED // alarms.BATCH))
        count = alarms.judge_stale(at=timezone.now(), may_go_on=lambda passes=passes: next(passes, None) is not None)
        yield name, round(watch.seconds() / count * 1000, 2), "s", None, f"{count:,} open tickets; {watch}"
        publish(policy=policy, terms=Terms(calendar, DRAFT, PAUSES), actor=admin, at=timezone.now())


def _what_if(policy: Any, calendar: Any, admin: Any, at: datetime) -> Figure:
    from django.utils import timezone

    from escalation.services import whatif
    from escalation.services.policies import Terms

    terms = Terms(calendar, TARGETS, {**PAUSES, "resolution": ["user"]})
    run = whatif.request_run(policy=policy, terms=terms, scope="all", wanted=whatif.MOST, actor=admin, at=at)
    memory = Memory()
    watch = Watch()
    whatif.run_waiting(clock=timezone.now, may_go_on=lambda: True)
    seconds = watch.seconds()
    run.refresh_from_db()
    assert run.state == "done", run
    limit = 60 if run.done == whatif.MOST else None
    note = f"{run.done:,} tickets; {watch}; memory grew by {memory.grown():.0f} MB"
    return "trying a draft on past tickets", round(seconds, 1), "s", limit, note


def _sweeping(policy: Any, at: datetime) -> Iterator[Figure]:
    from escalation.models import Clock, Firing
    from escalation.services import alarms
    from helpdesk.common.models import OutboxMessage

    _allow_deleting_firings()
    Firing.objects.all().delete()
    Clock.objects.all().delete()
    tickets = _tickets(MANY // len(TARGETS))
    idle: dict[int, float] = {}
    written = 0
    for count in (FEW, SOME, MANY):
        _write_clocks(policy.current, tickets, written, count, at)
        written = count
        assert alarms.sound_due(at=at) == {}, "nothing is due"
        idle[count] = median(_milliseconds(lambda: alarms.sound_due(at=at)) for _number in range(SWEEPS))
    yield "idle sweep, 50,000 open clocks", round(idle[SOME], 2), "ms", 5, "median of 100"
    note = f"{idle[FEW]:.2f} → {idle[MANY]:.2f} ms"
    yield "idle sweep, 500,000 clocks against 5,000", round(idle[MANY] / idle[FEW], 2), "×", 1.3, note
    _let_be_due(at)
    before = OutboxMessage.objects.count()
    memory = Memory()
    watch = Watch()
    while alarms.sound_due(at=at):
        pass
    seconds = watch.seconds()
    queued = OutboxMessage.objects.count() - before
    note = f"{Firing.objects.count()} firings, {queued} messages queued; {watch}"
    yield "sweep with 500 due clocks", round(seconds, 2), "s", 5, note
    yield "process that sweeps, at its peak", round(memory.peak(), 0), "MB", 200, "500 due of 500,000 clocks"


def _allow_deleting_firings() -> None:
    """Passed thresholds are append-only; this database is spoilt anyway."""
    from django.db import connection

    statement = "ALTER TABLE escalation_firing DISABLE TRIGGER escalation_firing_no_delete"
    if connection.vendor == "sqlite":
        statement = "DROP TRIGGER escalation_firing_no_DELETE"
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _grow(count: int) -> None:
    """Copy the tickets with their messages and events until there are so many. Only counting and reading fits them."""
    from django.core.management.color import no_style
    from django.db import connection
    from django.db.models import Max

    from tickets.models import Message, Ticket, TicketEvent

    models = (Ticket, Message, TicketEvent)
    last = {model: model.objects.aggregate(last=Max("pk"))["last"] for model in models}
    existing = Ticket.objects.count()
    with connection.cursor() as cursor:
        for copy in range(1, -(-count // existing)):
            moved = {model: copy * last[model] for model in models}
            changed = {
                Ticket: {"id": moved[Ticket], "number": f"'B{copy}-' || number"},
                Message: {"id": moved[Message], "ticket_id": moved[Ticket]},
                TicketEvent: {
                    "id": moved[TicketEvent],
                    "ticket_id": moved[Ticket],
                    "message_id": moved[Message],
                },
            }
            for model in models:
                cursor.execute(_copying(model, changed[model], last[model]))
        for statement in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(statement)
        cursor.execute("ANALYZE" if connection.vendor == "postgresql" else "SELECT 1")


def _copying(model: Any, changed: dict[str, int | str], last: int) -> str:
    """Numbers are added to their column, texts stand for it."""
    columns = [field.column for field in model._meta.concrete_fields]
    values = [
        f"{column} + {change}" if isinstance(change := changed.get(column), int) else change or column
        for column in columns
    ]
    return (
        f"INSERT INTO {model._meta.db_table} ({', '.join(columns)}) "
        f"SELECT {', '.join(values)} FROM {model._meta.db_table} WHERE id <= {last}"
    )


def _tickets(count: int) -> list[int]:
    """Ids of so many tickets, open ones first."""
    from django.db.models import F

    from tickets.models import Ticket

    ordered = Ticket.objects.order_by(F("closed_at").asc(nulls_first=True), "pk")
    return list(ordered.values_list("pk", flat=True)[:count])


def _write_clocks(version: Any, tickets: list[int], first: int, last: int, at: datetime) -> None:
    """Running clocks number `first` to `last`, of which none has to be looked at within a day."""
    from django.db import connection

    from escalation.models import Clock

    targets = list(TARGETS)
    later = at + timedelta(days=1)
    for start in range(first, last, 5000):
        Clock.objects.bulk_create(
            Clock(
                ticket_id=tickets[number // len(targets)],
                target=targets[number % len(targets)],
                version=version,
                segments=[[at.isoformat(), None, True]],
                started_at=at,
                due_at=later,
                next_at=later + timedelta(seconds=number % 86_400),
            )
            for number in range(start, min(last, start + 5000))
        )
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE escalation_clock")


def _let_be_due(at: datetime) -> None:
    """As many clocks of open tickets as are to be told of: begun long ago, and missed."""
    from escalation.models import Clock

    begun = at - timedelta(days=60)
    clocks = Clock.objects.filter(target="resolution", ticket__closed_at=None)
    chosen = list(clocks.order_by("pk").values_list("pk", flat=True)[:DUE])
    assert len(chosen) == DUE, "open tickets are missing"
    Clock.objects.filter(pk__in=chosen).update(
        segments=[[begun.isoformat(), None, True]], started_at=begun, told=90, next_at=at - timedelta(seconds=1)
    )


class Watch:
    """Time since it was made: on the wall, and of this process's processor. It stops when it is first read."""

    def __init__(self) -> None:
        self.began = perf_counter(), process_time()
        self.ended: tuple[float, float] | None = None

    def seconds(self) -> float:
        self.ended = self.ended or (perf_counter(), process_time())
        return self.ended[0] - self.began[0]

    def __str__(self) -> str:
        wall = self.seconds()
        assert self.ended is not None
        return f"{wall:.1f} s, processor {self.ended[1] - self.began[1]:.1f} s"


class Memory:
    """The memory of this process from now on, in MB."""

    def __init__(self) -> None:
        Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
        self.before = self._read("VmRSS")

    def grown(self) -> float:
        return self.peak() - self.before

    def peak(self) -> float:
        return self._read("VmHWM")

    @staticmethod
    def _read(name: str) -> float:
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) / MEGABYTE for line in lines if line.startswith(f"{name}:"))


def _milliseconds(call: Callable[[], object]) -> float:
    began = perf_counter()
    call()
    return (perf_counter() - began) * 1000


if __name__ == "__main__":
    django.setup()
    for figure in figures():
        sys.stdout.write(json.dumps(figure, ensure_ascii=False) + "\n")
        sys.stdout.flush()
