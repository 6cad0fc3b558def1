"""The demo data: deterministic, true, and with its secrets in the right places."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import transaction
from django.test import Client

from escalation.configuration import in_force
from escalation.health import problems
from escalation.models import BusinessCalendar, Escalation, EscalationPath, SlaPolicy
from escalation.paths import levels_of, path_for, people_of
from helpdesk import invariants
from helpdesk.accounts.models import User
from helpdesk.common.models import OutboxMessage
from helpdesk.demo.cast import DEMO_PASSWORD, DEMO_USERNAMES
from knowledge.models import ArticleEvent
from notifications.models import Notification
from tickets.choices import Closure, IncidentState, MessageKind, WaitsFor
from tickets.handover import Reason
from tickets.lifecycle import Status
from tickets.models import (
    Attachment,
    DiagnosisTemplate,
    IncidentDelivery,
    IncidentLink,
    IncomingMail,
    MajorIncident,
    Message,
    Survey,
    Ticket,
    TicketEvent,
    TicketTask,
)
from tickets.priority import Priority
from tickets.search import search_tickets
from tickets.services.mailroom.mailboxes import to_fetch
from tickets.services.retention import due
from tickets.targets import State

AT = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)


def seed(**options: Any) -> str:
    out = StringIO()
    call_command("seed_demo", at=AT, stdout=out, **options)
    return out.getvalue()


@pytest.fixture(scope="class")
def _seeded(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Seeded once for all tests that only look; each still has a savepoint of its own."""
    with django_db_blocker.unblock(), transaction.atomic():
        seed()
        yield
        transaction.set_rollback(True)


@pytest.mark.django_db
@pytest.mark.usefixtures("_seeded")
class TestSmall:
    def test_every_state_is_there(self) -> None:
        tickets = Ticket.objects.all()
        assert 55 <= tickets.count() <= 75
        assert set(tickets.values_list("status", flat=True)) == set(Status)
        assert set(tickets.exclude(closure="").values_list("closure", flat=True)) == set(Closure.values)
        waits = tickets.filter(status=Status.WAITING).values_list("waiting_reason__waits_for", flat=True)
        assert set(waits) == set(WaitsFor.values)
        for lookup in (
            {"archived_at__isnull": False},
            {"is_confidential": True},
            {"is_first_contact_fix": True},
            {"follow_up_of__isnull": False},
            {"reopen_count__gt": 0},
            {"reminders_sent__gt": 0},
            {"watcher_rows__isnull": False},
            {"accepted_at__isnull": False, "status": Status.NEW},
            {"category__isnull": True},
        ):
            assert tickets.filter(**lookup).exists(), lookup
        assert Attachment.objects.count() >= 10
        assert all(template.steps.exists() for template in DiagnosisTemplate.objects.all())
        assert DiagnosisTemplate.objects.exists()
        assert set(Message.objects.values_list("kind", flat=True)) == set(MessageKind.values)

    def test_one_ticket_is_held_and_one_has_lost_its_people(self) -> None:
        held, erased = (
            Ticket.objects.get(holds__lifted_at=None, holds__isnull=False),
            Ticket.objects.get(anonymised_at__isnull=False),
        )
        assert held.anonymised_at is None and held.is_archived
        assert (erased.subject, erased.contact_name, erased.contact_phone) == ("—", "anonymous", "")
        assert not due(AT).exists(), "nothing is erased while somebody looks around"

    def test_every_invariant_holds(self) -> None:
        broken = {name: rows for name, rows in invariants.check_all(at=AT).items() if rows}
        broken.pop("content_without_file", None)  # other tests leave files on disk, and roll their rows back
        assert broken == {}

    def test_nothing_happens_later_than_the_instant_it_is_seen_from(self) -> None:
        assert not TicketEvent.objects.filter(created_at__gt=AT).exists()
        assert not Ticket.objects.filter(timer_at__lte=AT).exists()

    def test_no_mail_waits_to_be_sent(self) -> None:
        assert set(OutboxMessage.objects.values_list("state", flat=True)) == {OutboxMessage.State.SENT}
        assert 0 < Notification.objects.unread().count() < Notification.objects.count()

    def test_the_cast_can_sign_in_and_nobody_else(self) -> None:
        people = User.objects.all()
        assert {person.username for person in people if person.has_usable_password()} == set(DEMO_USERNAMES)
        for person in people.filter(username__in=DEMO_USERNAMES):
            assert person.check_password(DEMO_PASSWORD)

    def test_agents_of_the_cast_work_in_different_teams(self) -> None:
        teams = {name: User.objects.get(username=name).teams.get() for name in ("agent", "agent2")}
        assert teams["agent"].support_level == 1
        assert teams["agent2"].support_level == 2

    @pytest.mark.parametrize(
        ("word", "seers"),
        [
            ("CANARY-INTERNAL", {"agent", "agent2", "lead", "liaison", "admin"}),
            ("CANARY-CONF", {"agent2", "liaison"}),
            ("CANARY-B", {"requester2", "agent", "agent2", "lead", "liaison", "admin"}),
        ],
    )
    def test_canary_words_are_found_only_by_those_who_may_read_them(self, word: str, seers: set[str]) -> None:
        found = set()
        for username in DEMO_USERNAMES:
            viewer = User.objects.get(username=username)
            if search_tickets(Ticket.objects.visible_to(viewer), word, viewer).exists():
                found.add(username)
        assert found == seers

    def test_internal_canaries_stand_in_notes_of_both_requesters(self) -> None:
        notes = Message.objects.filter(body__contains="CANARY-INTERNAL", ticket__is_confidential=False)
        assert set(notes.values_list("kind", flat=True)) == {MessageKind.INTERNAL}
        assert {"requester", "requester2"} <= set(notes.values_list("ticket__requester__username", flat=True))

    def test_every_priority_is_promised_a_time_and_every_ticket_has_a_way_up(self) -> None:
        tickets = Ticket.objects.select_related("category", "requester")
        for priority in Priority:
            version = in_force().version_for(tickets.filter(priority=priority)[0])
            assert version is not None and version.target("resolution"), priority
        for ticket in tickets:
            path = path_for(ticket, Reason.OVERDUE)
            assert path is not None
            assert people_of(levels_of(path)[-1], AT), path

    def test_the_set_up_has_no_holes(self) -> None:
        found = problems(datetime(2026, 9, 1, tzinfo=UTC))
        assert [problem.text for problem in found] == []

    def test_a_hand_over_waits_for_the_second_level_with_all_its_parts(self) -> None:
        waiting = Escalation.objects.get(state=Escalation.State.OFFERED, offered_by__username="agent")
        assert waiting.offered_to == User.objects.get(username="agent2")
        assert waiting.accept_by_at is not None and waiting.accept_by_at > AT
        assert waiting.package.is_complete and waiting.package.files.exists()

    def test_one_was_taken_over_and_one_sent_back_with_a_reason(self) -> None:
        taken = Escalation.objects.get(state=Escalation.State.ACCEPTED, reason=Reason.BEYOND_COMPETENCE)
        assert taken.ticket.assignee == User.objects.get(username="agent2") == taken.answered_by
        assert taken.ticket.escalation_level == 1
        returned = Escalation.objects.get(state=Escalation.State.RETURNED)
        assert returned.answer
        assert returned.ticket.assignee == User.objects.get(username="agent")

    def test_teams_share_a_ticket(self) -> None:
        shared = Escalation.objects.get(reason=Reason.MULTI_TEAM).ticket
        assert set(shared.tasks.values_list("state", flat=True)) == {TicketTask.State.OPEN, TicketTask.State.DONE}
        assert shared.open_matters == 1

    def test_what_the_clock_sent_up_has_to_be_completed(self) -> None:
        sent = Escalation.objects.open().get(offered_by=None)
        assert sent.reason == Reason.OVERDUE
        assert not sent.package.is_complete
        assert sent.ticket.assignee == User.objects.get(username="agent2")

    def test_a_major_incident_goes_on_and_its_next_word_is_due_soon(self) -> None:
        incident = MajorIncident.objects.open().get()
        assert (incident.commander.username, incident.communication_lead.username) == ("lead", "liaison")
        requesters = list(incident.links.filter(is_open=True).values_list("ticket__requester__username", flat=True))
        assert sorted(requesters) == ["requester", "requester", "requester2"]
        told = incident.updates.filter(for_requesters=True)
        assert told.count() == 2
        assert all(update.text_zh and update.text_en for update in incident.updates.all())
        assert not IncidentDelivery.objects.filter(done_at=None).exists()
        assert incident.next_update_due_at is not None
        assert timedelta() < incident.next_update_due_at - AT < timedelta(minutes=30)

    def test_a_major_incident_is_over_and_reviewed(self) -> None:
        incident = MajorIncident.objects.get(state=IncidentState.REVIEWED)
        assert incident.review.actions.count() == 2
        assert set(incident.links.values_list("ending", flat=True)) == {IncidentLink.Ending.RESOLVED}

    def test_mails_wait_for_a_decision_and_nobody_is_asked_for_them(self) -> None:
        found = set(IncomingMail.objects.values_list("outcome", "reason"))
        assert {
            ("held", "not_on_ticket"),
            ("held", "staff_unverified"),
            ("held", "unknown_sender"),
            ("ignored", "auto_submitted"),
            ("quarantined", "no_sender"),
        } == found
        assert to_fetch() == []

    def test_people_rated_the_service_and_a_lead_follows_a_low_rating_up(self) -> None:
        ratings = Survey.objects.filter(state="answered").values_list("rating", flat=True)
        assert {None, 2, 3, 4, 5} == set(ratings)
        low = Survey.objects.get(follow_up__isnull=False)
        assert low.follow_up is not None and low.follow_up.assignee == User.objects.get(username="lead")
        assert Survey.objects.open().filter(ticket__requester__username="requester").exists()

    def test_few_tickets_are_late(self) -> None:
        states = list(Ticket.objects.open().values_list("sla_state", flat=True))
        assert 5 <= states.count(State.LATE) <= 8
        assert {State.ON_TRACK, State.SOON, State.PAUSED} <= set(states)

    @pytest.mark.parametrize("publish", [False, True])
    def test_exported_articles_import_to_the_same(self, client: Client, tmp_path: Path, publish: bool) -> None:
        """Though some are written on just now."""
        client.force_login(User.objects.get(username="admin"))
        archive = b"".join(client.get("/knowledge/export/").streaming_content)
        written = ArticleEvent.objects.count()
        sent = {"archive": SimpleUploadedFile("a.zip", archive), **({"publish": "on"} if publish else {})}
        done = client.post("/knowledge/import/", sent).context["done"]
        call_command("export_articles", str(tmp_path / "out"))
        call_command("import_articles", str(tmp_path / "out"), *(["--publish"] if publish else []))
        assert (done.created, done.updated, done.published) == (0, 0, 0) and done.unchanged > 5
        assert ArticleEvent.objects.count() == written

    def test_second_time_is_refused_with_a_sentence(self) -> None:
        with pytest.raises(CommandError, match="There are tickets already"):
            seed()


def _traces() -> list[Any]:
    tickets = Ticket.objects.order_by("number").values_list("number", "subject", "status", "priority", "updated_at")
    events = TicketEvent.objects.order_by("ticket__number", "sequence")
    return [*tickets, *events.values_list("ticket__number", "sequence", "code", "actor__username", "created_at")]


def test_same_instant_gives_the_same_data(db: None) -> None:
    runs = []
    for _number in range(2):
        with transaction.atomic():
            seed()
            runs.append(_traces())
            transaction.set_rollback(True)
    assert runs[0] == runs[1]


@pytest.mark.parametrize(
    "at",
    [
        pytest.param("2026-11-24T09:59:00Z", id="evening"),
        pytest.param("2026-11-24T16:02:00Z", id="just after midnight"),
        pytest.param("2026-11-22T22:00:00Z", id="before work on a Monday"),
        pytest.param("2026-11-28T04:00:00Z", id="Saturday"),
        pytest.param("2026-10-05T04:00:00Z", id="long holiday"),
    ],
)
def test_the_same_is_there_at_any_hour(db: None, at: str) -> None:
    call_command("seed_demo", at=datetime.fromisoformat(at), verbosity=0)
    states = Escalation.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["climbed", "ended", "accepted", "returned", "accepted", "climbed", "offered", "offered"]
    assert list(MajorIncident.objects.order_by("pk").values_list("state", flat=True)) == ["reviewed", "open"]
    assert Ticket.objects.open().filter(sla_state=State.LATE).count() <= 8
    assert not TicketEvent.objects.filter(created_at__gt=datetime.fromisoformat(at)).exists()


def test_what_is_set_up_already_stays(db: None) -> None:
    calendar = BusinessCalendar.objects.create(name_zh="自己的", timezone="Asia/Shanghai", hours=[["08:00-20:00"]] * 7)
    SlaPolicy.objects.create(name_zh="自己的")
    seed()
    assert list(BusinessCalendar.objects.all()) == [calendar]
    assert SlaPolicy.objects.count() == 1
    assert {level.calendar for path in EscalationPath.objects.all() for level in levels_of(path)} == {calendar}


def test_password_may_be_given(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEMO_PASSWORD", "another-password-1")
    seed()
    assert User.objects.get(username="agent").check_password("another-password-1")


def test_unusable_instant_is_refused_with_a_sentence(db: None) -> None:
    with pytest.raises(CommandError, match="not an ISO 8601 instant"):
        call_command("seed_demo", "--at", "yesterday")
