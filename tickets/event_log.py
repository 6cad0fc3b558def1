"""The trail as an event log for process mining: XES (IEEE 1849-2016) and CSV, a ticket at a time (M1.1, M3.5-5).

One trace per ticket and one event per act, with codes as they are stored; no texts that people wrote. Whoever calls decides
which tickets may be read.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import XMLGenerator
from xml.sax.xmlreader import AttributesImpl

from django.utils.crypto import salted_hmac

from helpdesk.common.csv_text import csv_lines
from tickets.models import Ticket, TicketEvent
from tickets.models.ticket import TicketQuerySet

BATCH = 500
FORMATS = ("xes", "csv")
MEDIA_TYPES = {"xes": "application/xml", "csv": "text/csv; charset=utf-8"}
SYSTEM = "system"
EXTENSIONS = {"Concept": "concept", "Time": "time", "Organizational": "org", "Lifecycle": "lifecycle"}
_URI = "http://www.xes-standard.org/"
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Name = Callable[[str], str]


@dataclass(frozen=True)
class LoggedAct:
    """One act: its code, when (UTC), by whom and in which part."""

    code: str
    at: datetime
    resource: str
    role: str
    sequence: int
    from_status: str
    to_status: str
    channel: str


@dataclass(frozen=True)
class Trace:
    """One ticket: its number, what stands on it, and its acts in order."""

    number: str
    facts: dict[str, str]
    acts: list[LoggedAct]


def by_user_name(username: str) -> str:
    return username


def by_pseudonym(username: str) -> str:
    """The same for a person in every log of this help desk; it can't be turned back without the secret key."""
    return f"person-{salted_hmac('tickets.event_log', username).hexdigest()[:12]}"


def export(tickets: TicketQuerySet, kind: str, *, name: Name) -> Iterator[str]:
    """The log of these tickets in one of FORMATS, piece by piece. `name` says what people are called in it."""
    traces = read_traces(tickets, name=name)
    return as_xes(traces) if kind == "xes" else as_csv(traces)


def read_traces(tickets: TicketQuerySet, *, name: Name) -> Iterator[Trace]:
    """The tickets with their acts, oldest first; memory holds all ids and a batch of the rest."""
    columns = ("pk", "number", "requester_id", "kind_id", "channel", "priority", "status", "closure")
    related = ("category__code", "team__name_en", "team__name_zh")
    ids = list(tickets.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), BATCH):
        rows = Ticket.objects.filter(pk__in=ids[start : start + BATCH]).order_by("pk")
        batch = list(rows.values(*columns, *related))
        acts = _acts_of({row["pk"]: row["requester_id"] for row in batch}, name)
        for row in batch:
            facts = {
                "kind": row["kind_id"],
                "channel": row["channel"],
                "category": row["category__code"],
                "priority": row["priority"],
                "team": row["team__name_en"] or row["team__name_zh"],
                "status": row["status"],
                "closure": row["closure"],
            }
            given = {key: value for key, value in facts.items() if value}
            yield Trace(row["number"], given, acts.get(row["pk"], []))


def _acts_of(requesters: dict[int, int], name: Name) -> dict[int, list[LoggedAct]]:
    events = TicketEvent.objects.filter(ticket_id__in=list(requesters)).order_by("ticket_id", "sequence")
    who = ("actor_id", "actor__username", "actor__is_agent", "actor__is_admin")
    rows = events.values("ticket_id", "sequence", "code", "created_at", "from_status", "to_status", "channel", *who)
    found: dict[int, list[LoggedAct]] = {}
    for row in rows.iterator(chunk_size=BATCH):
        act = LoggedAct(
            code=row["code"],
            at=row["created_at"],
            resource=name(row["actor__username"]) if row["actor_id"] else SYSTEM,
            role=_role(row, requesters[row["ticket_id"]]),
            sequence=row["sequence"],
            from_status=row["from_status"],
            to_status=row["to_status"],
            channel=row["channel"],
        )
        found.setdefault(row["ticket_id"], []).append(act)
    return found


def _role(row: dict[str, Any], requester: int) -> str:
    if row["actor_id"] is None:
        return SYSTEM
    if row["actor_id"] == requester:
        return "requester"
    return "desk" if row["actor__is_agent"] or row["actor__is_admin"] else "reader"


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds")


def as_csv(traces: Iterable[Trace]) -> Iterator[str]:
    """A line per act, under the column names that process-mining tools know."""
    facts = ("kind", "channel", "category", "priority", "team", "status", "closure")
    head = ("case:concept:name", "concept:name", "time:timestamp", "org:resource", "org:role", "lifecycle:transition")
    more = ("sequence", "from_status", "to_status", "act_channel")

    def rows() -> Iterator[tuple[Any, ...]]:
        yield (*head, *more, *(f"case:{fact}" for fact in facts))
        for trace in traces:
            own = [trace.facts.get(fact, "") for fact in facts]
            for act in trace.acts:
                said = (trace.number, act.code, _moment(act.at), act.resource, act.role, "complete")
                yield (*said, act.sequence, act.from_status, act.to_status, act.channel, *own)

    return csv_lines(rows())


def as_xes(traces: Iterable[Trace]) -> Iterator[str]:
    """An XES document, a trace at a time."""
    buffer = io.StringIO()
    xml = XMLGenerator(buffer, encoding="utf-8", short_empty_elements=True)

    def written() -> str:
        text = buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
        return text

    xml.startDocument()
    _start(xml, "log", **{"xes.version": "1849-2016", "xes.features": "", "xmlns": _URI})
    for title, prefix in EXTENSIONS.items():
        _empty(xml, "extension", name=title, prefix=prefix, uri=f"{_URI}{prefix}.xesext")
    _start(xml, "global", scope="trace")
    _string(xml, "concept:name", "unknown")
    xml.endElement("global")
    _start(xml, "global", scope="event")
    _string(xml, "concept:name", "unknown")
    _empty(xml, "date", key="time:timestamp", value="1970-01-01T00:00:00.000+00:00")
    _string(xml, "lifecycle:transition", "complete")
    xml.endElement("global")
    _empty(xml, "classifier", name="Activity", keys="concept:name")
    for trace in traces:
        _write_trace(xml, trace)
        xml.characters("\n")
        yield written()
    xml.endElement("log")
    xml.endDocument()
    yield written()


def _write_trace(xml: XMLGenerator, trace: Trace) -> None:
    _start(xml, "trace")
    _string(xml, "concept:name", trace.number)
    for key, value in trace.facts.items():
        _string(xml, f"ticket:{key}", value)
    for act in trace.acts:
        _start(xml, "event")
        _string(xml, "concept:name", act.code)
        _empty(xml, "date", key="time:timestamp", value=_moment(act.at))
        _string(xml, "org:resource", act.resource)
        _string(xml, "org:role", act.role)
        _string(xml, "lifecycle:transition", "complete")
        _string(xml, "ticket:to_status", act.to_status)
        _empty(xml, "int", key="ticket:sequence", value=str(act.sequence))
        xml.endElement("event")
    xml.endElement("trace")


def _string(xml: XMLGenerator, key: str, value: str) -> None:
    _empty(xml, "string", key=key, value=_NOT_IN_XML.sub("", value))


def _empty(xml: XMLGenerator, tag: str, **attributes: str) -> None:
    _start(xml, tag, **attributes)
    xml.endElement(tag)


def _start(xml: XMLGenerator, tag: str, **attributes: str) -> None:
    xml.startElement(tag, AttributesImpl(attributes))
