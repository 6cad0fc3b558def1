"""Proof that the trail is whole: verifying the chains and anchoring them daily (I3 of the security design)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Max
from django.utils.timezone import localdate

from tickets.chain import link, text_digest
from tickets.choices import Act
from tickets.models import AuditAnchor, Message, Ticket, TicketEvent
from tickets.seals import KINDS, PARTS, digest
from tickets.services.recording import event_facts

# An event gets its id before its transaction commits; younger ones may still be joined by smaller ids.
SETTLED_AFTER = timedelta(minutes=10)


@dataclass(frozen=True)
class Broken:
    """One row of the trail that isn't as it was written."""

    table: str
    row: int
    ticket: str
    problem: str


def verify_chains() -> Iterator[Broken]:
    """Walk every ticket's chain in order; yield each row that was altered, lost, or added behind the back."""
    versions = dict(Ticket.objects.values_list("pk", "version"))
    numbers = dict(Ticket.objects.values_list("pk", "number"))
    previous: TicketEvent | None = None
    events = TicketEvent.objects.order_by("ticket_id", "sequence").iterator(chunk_size=2000)
    for event in events:
        if previous is None or previous.ticket_id != event.ticket_id:
            yield from _check_tail(previous, versions, numbers)
            previous = None
        yield from _check_event(event, previous, numbers)
        previous = event
        versions.setdefault(event.ticket_id, 0)
    yield from _check_tail(previous, versions, numbers)
    for ticket_id, version in versions.items():
        if version:
            yield Broken("ticket", ticket_id, numbers[ticket_id], "events_missing")


def _check_event(event: TicketEvent, previous: TicketEvent | None, numbers: dict[int, str]) -> Iterator[Broken]:
    number = numbers.get(event.ticket_id, "?")
    expected = previous.sequence + 1 if previous else 1
    if event.sequence != expected:
        yield Broken("event", event.pk, number, f"event {expected} is missing")
    elif event.previous_hash != (previous.hash if previous else ""):
        yield Broken("event", event.pk, number, "does not follow the event before it")
    if event.hash != link(event.previous_hash, event_facts(event)):
        yield Broken("event", event.pk, number, "was altered")


def _check_tail(last: TicketEvent | None, versions: dict[int, int], numbers: dict[int, str]) -> Iterator[Broken]:
    if last is None:
        return
    version = versions.get(last.ticket_id, 0)
    versions[last.ticket_id] = 0
    if version != last.sequence:
        yield Broken("ticket", last.ticket_id, numbers.get(last.ticket_id, "?"), "last events are missing")


def _erased() -> tuple[set[int], dict[tuple[str, int], dict[str, Any]]]:
    """What the trail itself says was erased (ADR 18): messages without text now, and sealed rows with their fingerprints
    since then."""
    messages: set[int] = set()
    rows: dict[tuple[str, int], dict[str, Any]] = {}
    told = TicketEvent.objects.filter(code=Act.ANONYMISED).order_by("pk").values_list("data__erased", flat=True)
    for erased in told.iterator(chunk_size=2000):
        messages.update(erased["messages"])
        rows.update({(sealed["kind"], sealed["id"]): sealed for sealed in erased["sealed"]})
    return messages, rows


def verify_messages() -> Iterator[Broken]:
    """Yield messages whose text isn't what their event fingerprinted; every message has such an event."""
    erased, _rows = _erased()
    events = TicketEvent.objects.filter(message__isnull=False).select_related("ticket", "message")
    for event in events.iterator(chunk_size=2000):
        message: Message | None = event.message
        if message is None or (message.body == "" and message.pk in erased):
            continue
        if text_digest(message.body) != event.data.get("text_sha256"):
            yield Broken("message", message.pk, event.ticket.number, "was altered")


def verify_agreements() -> Iterator[Broken]:
    """Yield what people asked or answered and what isn't any more as its event fingerprinted it."""
    _messages, since = _erased()
    events = TicketEvent.objects.filter(data__has_key="sealed").select_related("ticket")
    for event in events.iterator(chunk_size=2000):
        sealed = event.data["sealed"]
        sealed = since.get((sealed["kind"], sealed["id"]), sealed)
        row: Any = KINDS[sealed["kind"]]._default_manager.filter(pk=sealed["id"]).first()
        if row is None or any(digest(row, part) != sealed[part] for part in PARTS if part in sealed):
            yield Broken(sealed["kind"], sealed["id"], event.ticket.number, "was altered")


def verify_anchors() -> Iterator[Broken]:
    """Yield anchors whose events are no longer the ones that were counted and digested that day (one pass)."""
    digest, count = hashlib.sha256(), 0
    rows = TicketEvent.objects.order_by("pk").values_list("pk", "hash").iterator(chunk_size=5000)
    row = next(rows, None)
    for anchor in AuditAnchor.objects.order_by("last_event_id", "day"):
        while row is not None and row[0] <= anchor.last_event_id:
            digest.update(row[1].encode())
            count += 1
            row = next(rows, None)
        if count < anchor.event_count:
            yield Broken("anchor", anchor.pk, "", f"{anchor.event_count - count} events are gone since {anchor.day}")
        elif digest.copy().hexdigest() != anchor.digest:
            yield Broken("anchor", anchor.pk, "", f"the trail is not the one of {anchor.day}")


def verify() -> list[Broken]:
    """All checks of the trail. An empty list means: whole."""
    return [*verify_chains(), *verify_messages(), *verify_agreements(), *verify_anchors()]


def _digest(up_to: int) -> tuple[str, int, int]:
    """sha256 over all event hashes up to an event id, in order, with the numbers of tickets and events."""
    digest = hashlib.sha256()
    tickets, count = set(), 0
    rows = TicketEvent.objects.filter(pk__lte=up_to).order_by("pk").values_list("ticket_id", "hash")
    for ticket_id, event_hash in rows.iterator(chunk_size=5000):
        digest.update(event_hash.encode())
        tickets.add(ticket_id)
        count += 1
    return digest.hexdigest(), len(tickets), count


def make_anchor(*, at: datetime) -> AuditAnchor | None:
    """The day's anchor, once per day (desk's time zone), also written to `DATA_DIR/anchors`. None if it exists."""
    day = localdate(at)
    if AuditAnchor.objects.filter(day=day).exists():
        return None
    settled = TicketEvent.objects.filter(created_at__lt=at - SETTLED_AFTER)
    last = settled.aggregate(last=Max("pk"))["last"] or 0
    digest, tickets, events = _digest(last)
    anchor, created = AuditAnchor.objects.get_or_create(
        day=day,
        defaults={
            "ticket_count": tickets,
            "event_count": events,
            "last_event_id": last,
            "digest": digest,
            "created_at": at,
        },
    )
    if not created:
        return None
    folder = Path(settings.DATA_DIR) / "anchors"
    folder.mkdir(parents=True, exist_ok=True)
    content = {"day": day.isoformat(), "tickets": tickets, "events": events, "last_event": last, "digest": digest}
    (folder / f"{day.isoformat()}.json").write_text(json.dumps(content, indent=1) + "\n")
    return anchor


def as_rows(broken: list[Broken]) -> list[dict[str, object]]:
    return [asdict(item) for item in broken]
