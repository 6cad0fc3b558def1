"""What must be true whatever failed, raced or was killed: "nothing lost, nothing doubled" (reliability-security 4).

Each invariant yields the rows that break it; all of them yield nothing in a sound database.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    Count,
    Exists,
    F,
    Max,
    Min,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Concat, Substr

from assets import invariants as register
from escalation.models import Clock, Escalation
from helpdesk.common.models import OutboxMessage
from knowledge import invariants as knowledge
from knowledge.models import Article, ArticleFile
from notifications.models import Notification
from tickets.choices import Act
from tickets.lifecycle import FINAL, Command, Status
from tickets.matters import BLOCKING, TIMED
from tickets.models import Attachment, IncidentDelivery, IncidentLink, Ticket, TicketArticle, TicketEvent, VendorCase
from tickets.services import audit

EVENT_KEY = "ticket-event-"
LEASE_OVERDUE = timedelta(minutes=3)  # beyond the lease's own two minutes
TIMER_OVERDUE = timedelta(minutes=2)
UPLOAD_TAKES = timedelta(hours=1)
SHOWN = 20
# Acts of which the requester is always told, unless it was their own (the receipt is sent in any case).
TOLD = (
    Act.SUBMITTED,
    Act.SOLVED_AT_FIRST_CONTACT,
    Act.REPLIED,
    Act.REMINDED,
    Command.ACCEPT,
    Command.RESOLVE,
    Command.CONFIRM,
    Command.CLOSE,
    Command.WITHDRAW,
    Act.HANDOVER_ACCEPTED,
)

Rows = Iterable[object]


def check_all(*, at: datetime) -> dict[str, list[str]]:
    """Every invariant with the rows that break it, all as of `at`."""
    return {name: [str(row) for row in find(at)] for name, find in INVARIANTS.items()}


def duplicate_numbers(at: datetime) -> Rows:
    doubled = Ticket.objects.values("number").annotate(count=Count("id")).filter(count__gt=1)
    return doubled.values_list("number", flat=True)


def versions_without_one_event_each(at: datetime) -> Rows:
    """`version` is the number of events, and the last one's sequence: a line without gaps or forks."""
    counted = Ticket.objects.annotate(count=Count("events"), last=Max("events__sequence"))
    return counted.exclude(count=F("version"), last=F("version")).values_list("number", flat=True)


def versions_without_one_history_row_each(at: datetime) -> Rows:
    history = Ticket.history.model.objects.filter(id=OuterRef("pk")).order_by().values("id")
    rows = Coalesce(Subquery(history.annotate(n=Count("history_id")).values("n")), 0)
    versions = Coalesce(Subquery(history.annotate(n=Count("version", distinct=True)).values("n")), 0)
    counted = Ticket.objects.annotate(rows=rows, versions=versions)
    return counted.exclude(rows=F("version"), versions=F("version")).values_list("number", flat=True)


def broken_audit_rows(at: datetime) -> Rows:
    return (f"{row.table} {row.row} of {row.ticket or '-'}: {row.problem}" for row in audit.verify())


def events_nobody_was_told_of(at: datetime) -> Rows:
    """Each such event has an outbox row for the requester on each channel, in whatever state."""
    told = TicketEvent.objects.filter(code__in=TOLD).exclude(
        ~Q(code=Act.SUBMITTED), actor__isnull=False, actor=F("ticket__requester")
    )
    # Who an anonymised ticket belongs to now was never told of anything.
    told = told.filter(ticket__anonymised_at=None).annotate(key=Concat(Value(EVENT_KEY), Cast("pk", CharField())))
    missing = Q()
    for channel in OutboxMessage.PERSONAL:
        rows = OutboxMessage.objects.filter(
            event_key=OuterRef("key"), channel=channel, recipient=OuterRef("ticket__requester")
        )
        missing |= ~Q(Exists(rows))
    return told.filter(missing).values_list("pk", flat=True)


def messages_without_event(at: datetime) -> Rows:
    """No notice tells of an act that was rolled back."""
    about_events = OutboxMessage.objects.filter(event_key__startswith=EVENT_KEY)
    # CASE, because a database may cast before it filters.
    number = Cast(Substr("event_key", len(EVENT_KEY) + 1), BigIntegerField())
    event = Case(When(event_key__startswith=EVENT_KEY, then=number), default=None, output_field=BigIntegerField())
    events = TicketEvent.objects.filter(pk=OuterRef("event_pk"), ticket=OuterRef("subject_id"))
    return about_events.annotate(event_pk=event).filter(~Exists(events)).values_list("uuid", flat=True)


def messages_that_no_one_will_settle(at: datetime) -> Rows:
    """Leases that nobody took back, and waiting messages without a next attempt."""
    stale = Q(state=OutboxMessage.State.LEASED) & (
        Q(lease_expires_at__isnull=True) | Q(lease_expires_at__lt=at - LEASE_OVERDUE)
    )
    forgotten = Q(state=OutboxMessage.State.PENDING, next_attempt_at__isnull=True)
    return OutboxMessage.objects.filter(stale | forgotten).values_list("uuid", flat=True)


def sent_messages_that_never_arrived(at: datetime) -> Rows:
    """What counts as delivered to the notification centre is there."""
    lines = Notification.objects.filter(event_id=OuterRef("uuid"))
    sent = OutboxMessage.objects.filter(channel=OutboxMessage.Channel.IN_APP, state=OutboxMessage.State.SENT)
    return sent.filter(~Exists(lines)).values_list("uuid", flat=True)


def overdue_timers(at: datetime) -> Rows:
    return Ticket.objects.filter(timer_at__lt=at - TIMER_OVERDUE).values_list("number", flat=True)


def missing_timers(at: datetime) -> Rows:
    """Waiting ends, confirmation ends, and what is closed is archived: none of them may wait for ever, unless a
    vendor has something to do."""
    timed = Q(status__in=(Status.WAITING, Status.RESOLVED)) | Q(status__in=FINAL, archived_at__isnull=True)
    kept = Q(status__in=FINAL) & Exists(VendorCase.objects.open().filter(ticket=OuterRef("pk")))
    return Ticket.objects.filter(timed, ~kept, timer_at__isnull=True).values_list("number", flat=True)


def overdue_clocks(at: datetime) -> Rows:
    """Promised times and hand-overs that should have been looked at."""
    late = at - TIMER_OVERDUE
    clocks = Clock.objects.filter(next_at__lt=late).values_list("ticket__number", "target")
    yield from (f"{target} of ticket {number}" for number, target in clocks)
    yield from (f"escalation {pk}" for pk in Escalation.objects.filter(next_at__lt=late).values_list("pk", flat=True))


def offers_that_differ(at: datetime) -> Rows:
    """Who is asked to take a ticket over stands on the ticket and on its open escalation: the same person on both."""
    offered = Escalation.objects.filter(state=Escalation.State.OFFERED, ticket=OuterRef("pk"))
    same = offered.filter(offered_to=OuterRef("offered_to"))
    differ = Q(~Exists(same), offered_to__isnull=False) | Q(Exists(offered), offered_to__isnull=True)
    return Ticket.objects.filter(differ).values_list("number", flat=True)


def miscounted_matters(at: datetime) -> Rows:
    """What must end before a solution is counted on the ticket."""
    counted = Counter[int]()
    for kind in BLOCKING:
        rows = kind.model._default_manager.filter(kind.blocking).values_list("ticket_id")
        counted.update(dict(rows.annotate(n=Count("pk")).order_by()))
    wrong = Q(open_matters__gt=0) | Q(pk__in=list(counted))
    for pk, number, stored in Ticket.objects.filter(wrong).values_list("pk", "number", "open_matters"):
        if counted[pk] != stored:
            yield number


def mistimed_matters(at: datetime) -> Rows:
    """The next instant at which something agreed runs out stands on the ticket."""
    due: dict[int, datetime] = {}
    for model, column in TIMED:
        rows = model._default_manager.filter(**{f"{column}__isnull": False}, ticket__archived_at__isnull=True)
        for ticket, instant in rows.values_list("ticket_id").annotate(due=Min(column)).order_by():
            due[ticket] = min(due.get(ticket, instant), instant)
    timed = Q(agreed_due_at__isnull=False) | Q(pk__in=list(due))
    for pk, number, stored in Ticket.objects.filter(timed).values_list("pk", "number", "agreed_due_at"):
        if due.get(pk) != stored:
            yield number


def overdue_incident_work(at: datetime) -> Rows:
    """Updates on their way to tickets, and tickets to be resolved with their incident: workers do them at once."""
    late = at - TIMER_OVERDUE
    deliveries = IncidentDelivery.objects.filter(done_at=None, update__created_at__lt=late)
    endings = IncidentLink.objects.filter(ending=IncidentLink.Ending.PENDING, incident__resolved_at__lt=late)
    yield from (f"update {update} on ticket {ticket}" for update, ticket in deliveries.values_list("update", "ticket"))
    yield from (f"ending of ticket {ticket}" for ticket in endings.values_list("ticket", flat=True))


def miscounted_solutions(at: datetime) -> Rows:
    """Articles whose count of solved tickets differs from the tickets that count."""
    rows = TicketArticle.objects.filter(article=OuterRef("pk"), is_counted=True).order_by().values("article")
    counted = Article.objects.annotate(n=Coalesce(Subquery(rows.annotate(n=Count("pk")).values("n")), 0))
    return counted.exclude(solved_tickets=F("n")).values_list("pk", flat=True)


def files_without_content(at: datetime) -> Rows:
    stored = _stored_keys(at)
    files = Attachment.objects.filter(erased_at=None).values_list("uuid", "storage_key")
    articles = ArticleFile.objects.values_list("uuid", "storage_key")
    return (uuid for rows in (files, articles) for uuid, key in rows.iterator() if key not in stored)


def content_without_file(at: datetime) -> Rows:
    """Bytes that no row knows. Young ones may belong to an upload that is still under way."""
    known = set(Attachment.objects.filter(erased_at=None).values_list("storage_key", flat=True))
    known.update(ArticleFile.objects.values_list("storage_key", flat=True))
    young = (at - UPLOAD_TAKES).timestamp()
    return (key for key, changed in _stored_keys(at).items() if key not in known and changed < young)


def _stored_keys(at: datetime) -> dict[str, float]:
    """Storage keys on disk with the instant (seconds) each was last changed."""
    return {path.name: path.stat().st_mtime for path in _blobs()}


def _blobs() -> Iterator[Path]:
    return Path(settings.FILES_DIR).glob("??/*")


INVARIANTS: dict[str, Callable[[datetime], Rows]] = {
    find.__name__: find
    for find in (
        duplicate_numbers,
        versions_without_one_event_each,
        versions_without_one_history_row_each,
        broken_audit_rows,
        events_nobody_was_told_of,
        messages_without_event,
        messages_that_no_one_will_settle,
        sent_messages_that_never_arrived,
        overdue_timers,
        missing_timers,
        overdue_clocks,
        offers_that_differ,
        miscounted_matters,
        mistimed_matters,
        overdue_incident_work,
        miscounted_solutions,
        files_without_content,
        content_without_file,
        *knowledge.INVARIANTS,
        *register.INVARIANTS,
    )
}
