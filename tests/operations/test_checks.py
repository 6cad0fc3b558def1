"""`manage.py verify_audit` and `manage.py invariants`: sound says so, broken is named."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from escalation.models import Escalation
from helpdesk.common.models import OutboxMessage
from helpdesk.common.snapshot import one_instant
from helpdesk.invariants import INVARIANTS
from notifications.models import Notification
from tests.factories import bring_to, make_ticket, reply
from tests.factories import run as run_command
from tests.notifications.acts import deliver
from tickets.handover import PARTS
from tickets.models import Ticket
from tickets.services.files import store_upload
from tickets.services.tasks import add_task


def run(name: str, *arguments: str) -> tuple[int, str]:
    """A command's exit code and output."""
    out = StringIO()
    try:
        call_command(name, *arguments, stdout=out)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue()
    return 0, out.getvalue()


def broken() -> dict[str, int]:
    """The invariants that don't hold, with the number of rows."""
    code, output = run("invariants", "--json")
    answer: dict[str, Any] = json.loads(output)
    assert set(answer["invariants"]) == set(INVARIANTS)
    found = {name: count for name, count in answer["invariants"].items() if count}
    assert (code, answer["ok"]) == ((1, False) if found else (0, True))
    assert set(answer["rows"]) == set(found)
    return found


@pytest.fixture
def ticket(cast) -> Ticket:
    """A ticket with a history, everything delivered, and a file."""
    upload = SimpleUploadedFile("log.txt", b"error 42")
    file = store_upload(upload=upload, actor=cast.requester, at=timezone.now())
    ticket = make_ticket(cast.requester, attachments=[str(file.uuid)])
    bring_to(ticket, "in_progress", cast.agent)
    reply(ticket, cast.agent)
    deliver()
    return ticket


@contextmanager
def triggers_off() -> Iterator[Any]:
    """Write the way an intruder with the database's own rights would."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET session_replication_role = replica")
        else:
            cursor.execute("DROP TRIGGER IF EXISTS tickets_ticketevent_no_UPDATE")
            cursor.execute("DROP TRIGGER IF EXISTS tickets_ticketevent_no_DELETE")
        yield cursor
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = origin")


def test_a_sound_trail_is_ok(ticket):
    assert run("verify_audit") == (0, "OK\n")
    assert json.loads(run("verify_audit", "--json")[1]) == {"ok": True, "broken": []}


def test_a_row_altered_behind_the_programs_back_is_named(ticket):
    event = ticket.events.get(sequence=2)
    with triggers_off() as cursor:
        cursor.execute("UPDATE tickets_ticketevent SET reason = 'forged' WHERE id = %s", [event.pk])
    code, output = run("verify_audit")
    assert (code, output) == (1, f"event {event.pk} of ticket {ticket.number}: was altered\n")
    assert json.loads(run("verify_audit", "--json")[1])["broken"][0]["row"] == event.pk
    assert broken() == {"broken_audit_rows": 1}


def test_everything_holds_after_a_normal_day(ticket, cast):
    bring_to(make_ticket(cast.requester), "closed", cast.agent)
    bring_to(make_ticket(cast.requester2), "waiting", cast.agent)
    deliver()
    assert broken() == {}
    assert run("invariants")[0] == 0


def test_an_event_without_its_notice_is_found(ticket):
    OutboxMessage.objects.filter(topic="reply", channel="email").delete()
    assert broken() == {"events_nobody_was_told_of": 1}


def test_a_notice_without_its_event_is_found(ticket):
    row = OutboxMessage.objects.filter(channel="email").first()
    OutboxMessage.objects.filter(pk=row.pk).update(event_key="ticket-event-999999999")
    assert broken()["messages_without_event"] == 1


def test_a_version_without_event_or_history_is_found(ticket):
    Ticket.objects.filter(pk=ticket.pk).update(version=ticket.version + 1)
    assert set(broken()) == {
        "versions_without_one_event_each",
        "versions_without_one_history_row_each",
        "broken_audit_rows",
    }


def test_a_lease_that_nobody_took_back_is_found(ticket):
    rows = OutboxMessage.objects.filter(topic="received")
    rows.update(state="leased", lease_expires_at=timezone.now() - timedelta(minutes=2))
    assert broken() == {}
    rows.update(lease_expires_at=timezone.now() - timedelta(minutes=4))
    assert broken() == {"messages_that_no_one_will_settle": 2}


def test_a_line_that_counts_as_delivered_and_is_not_there_is_found(ticket):
    Notification.objects.filter(topic="received").delete()
    assert broken() == {"sent_messages_that_never_arrived": 1}


def test_timers_that_are_late_or_missing_are_found(ticket, cast):
    late = bring_to(make_ticket(cast.requester), "waiting", cast.agent)
    lost = bring_to(make_ticket(cast.requester), "resolved", cast.agent)
    Ticket.objects.filter(pk=late.pk).update(timer_at=timezone.now() - timedelta(minutes=3))
    Ticket.objects.filter(pk=lost.pk).update(timer_at=None)
    assert broken() == {"overdue_timers": 1, "missing_timers": 1}


def test_hand_overs_and_tasks_that_contradict_their_ticket_are_found(cast):
    package = {"reason_code": "beyond_competence", **dict.fromkeys(PARTS, "说明")}
    offered, other, busy = (bring_to(make_ticket(cast.requester), "in_progress", cast.agent) for _n in range(3))
    for ticket in (offered, other):
        run_command(ticket, "escalate", cast.agent, **package)
    add_task(ticket_id=busy.pk, team=cast.applications, words="查日志", actor=cast.agent, at=timezone.now())
    assert broken() == {}
    Ticket.objects.filter(pk=offered.pk).update(offered_to=None)
    Ticket.objects.filter(pk=other.pk).update(offered_to=cast.agent)
    Ticket.objects.filter(pk=busy.pk).update(offered_to=cast.agent, open_matters=2)
    assert broken() == {"offers_that_differ": 3, "miscounted_matters": 1}


def test_an_escalation_that_nobody_looked_at_is_found(cast):
    ticket = bring_to(make_ticket(cast.requester), "in_progress", cast.agent)
    run_command(ticket, "escalate", cast.agent, reason_code="beyond_competence", **dict.fromkeys(PARTS, "说明"))
    Escalation.objects.update(next_at=timezone.now() - timedelta(minutes=3))
    assert broken() == {"overdue_clocks": 1}


def test_files_and_rows_that_miss_each_other_are_found(ticket):
    file = ticket.attachments.get()
    path = Path(settings.FILES_DIR) / file.storage_key[:2] / file.storage_key
    stranger = path.with_name("f" * 64)
    path.rename(stranger)
    try:
        assert broken() == {"files_without_content": 1}
        old = (timezone.now() - timedelta(hours=2)).timestamp()
        os.utime(stranger, (old, old))
        assert broken() == {"files_without_content": 1, "content_without_file": 1}
    finally:
        stranger.unlink()


@pytest.mark.django_db(transaction=True)
def test_a_check_sees_one_instant_while_others_write(cast):
    """Outside a transaction too, as the command runs."""
    make_ticket(cast.requester)
    with one_instant():
        assert Ticket.objects.count() == 1
    make_ticket(cast.requester)
    deliver()
    assert broken() == {}
    assert run("verify_audit") == (0, "OK\n")
