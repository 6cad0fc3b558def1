"""The trail as an event log for process mining (M1.1, M3.5-5)."""

from __future__ import annotations

import csv
import io
import stat
from datetime import datetime, timedelta
from xml.etree import ElementTree

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from tests.factories import bring_to, make_ticket, reply, run
from tests.surveys.acts import closed
from tickets.event_log import EXTENSIONS, by_pseudonym, by_user_name, export
from tickets.models import Ticket, TicketEvent, WaitingReason

pytestmark = pytest.mark.django_db
XES = "{http://www.xes-standard.org/}"


@pytest.fixture
def ticket(cast):
    ticket = bring_to(make_ticket(cast.requester), "in_progress", cast.agent)
    reply(ticket, cast.agent, "CANARY-TEXT")
    reason, until = WaitingReason.objects.get(code="user"), timezone.now() + timedelta(days=1)
    run(ticket, "wait", cast.agent, waiting_reason=reason, next_action_at=until, reason="CANARY-REASON")
    return ticket


def log(kind, name=by_user_name):
    return "".join(export(Ticket.objects.all(), kind, name=name))


def attributes(element):
    return {child.get("key"): child.get("value") for child in element if child.get("key")}


def test_a_trace_per_ticket_and_an_event_per_act(cast, ticket):
    closed(cast)
    root = ElementTree.fromstring(log("xes").encode())
    assert root.tag == f"{XES}log"
    assert {found.get("prefix") for found in root.iter(f"{XES}extension")} == set(EXTENSIONS.values())
    traces = root.findall(f"{XES}trace")
    assert [attributes(trace)["concept:name"] for trace in traces] == list(
        Ticket.objects.order_by("pk").values_list("number", flat=True)
    )
    events = traces[0].findall(f"{XES}event")
    told = list(ticket.events.order_by("sequence"))
    assert [attributes(event)["concept:name"] for event in events] == [event.code for event in told]
    first = attributes(events[0])
    assert (first["org:resource"], first["org:role"], first["lifecycle:transition"]) == (
        "requester",
        "requester",
        "complete",
    )
    assert abs((datetime.fromisoformat(first["time:timestamp"]) - told[0].created_at).total_seconds()) < 0.001
    assert len(root.findall(f"{XES}trace/{XES}event")) == TicketEvent.objects.count()


def test_the_table_holds_the_same_acts(cast, ticket):
    rows = list(csv.DictReader(io.StringIO(log("csv"))))
    assert [row["concept:name"] for row in rows] == list(
        ticket.events.order_by("sequence").values_list("code", flat=True)
    )
    assert {row["case:concept:name"] for row in rows} == {ticket.number}
    assert rows[1]["org:resource"] == "agent" and rows[1]["case:category"] == "business_finance"


def test_no_words_of_people_leave(ticket):
    for kind in ("xes", "csv"):
        text = log(kind)
        assert "CANARY" not in text and ticket.subject not in text and ticket.description not in text


def test_pseudonyms_are_the_same_for_a_person_and_name_nobody(cast, ticket):
    for kind in ("xes", "csv"):
        text = log(kind, by_pseudonym)
        assert "agent" not in text.replace("ticket:", "") and ">requester" not in text
    rows = list(csv.DictReader(io.StringIO(log("csv", by_pseudonym))))
    assert {row["org:resource"] for row in rows} == {by_pseudonym("agent"), by_pseudonym("requester")}


def test_a_system_act_is_the_systems(cast, ticket):
    run(ticket, "resume", None)
    rows = list(csv.DictReader(io.StringIO(log("csv"))))
    assert (rows[-1]["org:resource"], rows[-1]["org:role"]) == ("system", "system")


def test_cells_that_look_like_formulas_are_defused(cast, ticket):
    cast.first_line.name_en = "=1+1"
    cast.first_line.save()
    run(ticket, "assign", cast.agent, team=cast.first_line)
    assert {row["case:team"] for row in csv.DictReader(io.StringIO(log("csv")))} == {"'=1+1"}


def test_it_comes_in_pieces(cast, ticket, monkeypatch):
    monkeypatch.setattr("tickets.event_log.BATCH", 1)
    closed(cast)
    pieces = list(export(Ticket.objects.all(), "xes", name=by_user_name))
    assert len(pieces) == 3 and len(ElementTree.fromstring("".join(pieces)).findall(f"{XES}trace")) == 2


class TestCommand:
    def test_it_writes_the_file_with_what_is_not_confidential(self, cast, ticket, tmp_path, capsys):
        hidden = make_ticket(cast.requester)
        Ticket.objects.filter(pk=hidden.pk).update(is_confidential=True)
        path, today = tmp_path / "log.xes", timezone.localdate().isoformat()
        call_command("export_events", "--from", today, "--to", today, "--output", str(path))
        assert capsys.readouterr().out == f"1 tickets written to {path}\n"
        traces = ElementTree.fromstring(path.read_bytes()).findall(f"{XES}trace")
        assert [attributes(trace)["concept:name"] for trace in traces] == [ticket.number]
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert list(tmp_path.iterdir()) == [path]

    def test_days_are_of_submission_and_both_included(self, ticket, tmp_path):
        path = tmp_path / "log.csv"
        arguments = ("--from", "2020-01-01", "--to", "2020-01-31", "--output", str(path), "--format", "csv")
        call_command("export_events", *arguments, "--pseudonyms", verbosity=0)
        assert path.read_text().count("\n") == 1

    @pytest.mark.parametrize(
        ("since", "until", "said"),
        [
            ("soon", "2026-01-01", "--from is 'soon'"),
            ("2026-02-01", "2026-01-01", "--to is a day before"),
            ("1200-02-01", "2026-01-01", "between 1970 and 2200"),
        ],
    )
    def test_what_cannot_be_read_is_refused_in_words(self, db, tmp_path, since, until, said):
        with pytest.raises(CommandError, match=said):
            call_command("export_events", "--from", since, "--to", until, "--output", str(tmp_path / "x"))

    def test_a_place_that_cannot_be_written_is_said(self, db, tmp_path):
        path = tmp_path / "no" / "log.xes"
        with pytest.raises(CommandError, match="can't be written"):
            call_command("export_events", "--from", "2026-01-01", "--to", "2026-01-02", "--output", str(path))
