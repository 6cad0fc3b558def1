"""Retention: when the time is over people and texts go, while figures, chain and legal holds stay."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, models
from django.test import Client
from django.utils import timezone

from helpdesk import invariants, periodic
from helpdesk.common.errors import Conflict, NotVisible
from helpdesk.common.file_store import keep_bytes
from tests.api.test_races import all_at_once
from tests.archive.conftest import CANARY, PHONE, full_ticket
from tests.cast import Cast
from tests.factories import bring_to, make_ticket, run
from tickets.erasure import rows_beside
from tickets.models import Attachment, Category, RetentionPolicy, Ticket, TicketEvent, TicketSearch
from tickets.search import search_tickets
from tickets.selectors import timeline
from tickets.services import audit, retention
from tickets.services.erasing.holds import hold_person, hold_ticket, lift_ticket_hold
from tickets.services.files import open_file, sweep_files

AsUser = Callable[..., Client]
DAYS = 365


def policy(days: int | None = DAYS, *, code: str | None = None, texts: bool = False) -> RetentionPolicy:
    category = Category.objects.get(code=code) if code else None
    return RetentionPolicy.objects.create(category=category, keep_days=days, erases_texts=texts)


def later(ticket: Ticket, days: int = DAYS) -> datetime:
    assert ticket.archived_at is not None
    return ticket.archived_at + timedelta(days=days)


def everything_about(ticket: Ticket) -> str:
    """Every column of every row that leads to the ticket, as text."""
    found: list[Any] = list(Ticket.objects.filter(pk=ticket.pk).values())
    found += Ticket.history.filter(id=ticket.pk).values()
    for model in apps.get_models():
        for field in model._meta.get_fields():
            if isinstance(field, models.ForeignKey) and field.related_model is Ticket and model is not TicketEvent:
                found += model._base_manager.filter(**{field.name: ticket.pk}).values()
    return json.dumps(found, ensure_ascii=False, default=str)


def erased(ticket: Ticket) -> Ticket:
    return Ticket.objects.get(pk=ticket.pk)


def test_without_a_policy_everything_is_kept_for_ever(cast: Cast) -> None:
    ticket = full_ticket(cast)
    assert retention.run_due(at=later(ticket, 100 * 365)) == {}
    assert erased(ticket).contact_phone == PHONE


def test_the_people_go_and_the_words_and_figures_stay(cast: Cast) -> None:
    policy()
    ticket = full_ticket(cast)
    assert retention.run_due(at=later(ticket) - timedelta(seconds=1)) == {}
    assert retention.run_due(at=later(ticket)) == {"erased": 1}
    assert retention.run_due(at=later(ticket)) == {}
    now = erased(ticket)
    assert (now.contact_name, now.contact_phone, now.contact_email, now.contact_location) == ("anonymous", "", "", "")
    assert (now.device_hostname, now.reported_by) == ("", now.requester)
    assert (now.category, now.contact_department, now.requester.department) == (
        ticket.category,
        "财务部",
        cast.finance,
    )
    assert CANARY in now.description
    assert now.texts_erased_at is None and now.anonymised_at == later(ticket)
    text = everything_about(ticket)
    for word in ("王敏", PHONE, "PC-WANGMIN", "requester@example.com", "A 座 12-047"):
        assert word not in text, word
    assert audit.verify() == []
    assert not now.watcher_rows.exists()
    event = now.events.latest("sequence")
    assert (event.code, event.actor, event.data["scope"], event.is_public) == ("anonymised", None, "who", False)
    assert event.data["erased"]["messages"] == []


def test_with_texts_no_word_is_left_but_the_chain_and_the_reasons_in_it(
    cast: Cast, django_capture_on_commit_callbacks: Any
) -> None:
    policy(texts=True)
    ticket = full_ticket(cast)
    file = Attachment.objects.filter(ticket=ticket).order_by("pk")[0]
    assert open_file(uuid=file.uuid, viewer=cast.agent)[0] == file
    with django_capture_on_commit_callbacks(execute=True):
        assert retention.run_due(at=later(ticket)) == {"erased": 1}
    assert CANARY not in everything_about(ticket)
    now = erased(ticket)
    assert (now.subject, now.description, now.cause) == ("—", "", "")
    assert now.events.latest("sequence").data["scope"] == "texts"
    file.refresh_from_db()
    assert (file.name, file.sha256 != "", file.erased_at) == ("—.png", True, later(ticket))
    with pytest.raises(NotVisible, match="erased|清除|删除"):
        open_file(uuid=file.uuid, viewer=cast.agent)
    assert now.events.exclude(reason="").exists(), "the trail keeps the reasons that were given"
    assert all(entry.event.reason == "" for entry in timeline(now, cast.agent))
    assert not search_tickets(Ticket.objects.all(), CANARY, cast.agent).exists()
    assert CANARY.lower() not in str(TicketSearch.objects.filter(pk=ticket.pk).values().get()).lower()
    assert audit.verify() == []
    broken = {name: rows for name, rows in invariants.check_all(at=timezone.now()).items() if rows}
    broken.pop("content_without_file", None)
    assert broken == {}


def test_bytes_that_a_killed_worker_left_are_swept(cast: Cast, settings: Any) -> None:
    policy(texts=True)
    ticket = full_ticket(cast)
    keys = list(Attachment.objects.filter(ticket=ticket).values_list("storage_key", flat=True))
    retention.run_due(at=later(ticket))  # the test's transaction never commits: as if killed before the bytes went
    paths = [Path(settings.FILES_DIR) / key[:2] / key for key in keys]
    assert all(path.exists() for path in paths)
    kept, _digest, _size = keep_bytes(SimpleUploadedFile("x", b"x"))
    sweep_files(at=timezone.now() + timedelta(days=2))
    assert not any(path.exists() for path in paths)
    assert kept


def test_an_erased_row_that_is_changed_afterwards_is_named(cast: Cast) -> None:
    policy(texts=True)
    ticket = full_ticket(cast)
    retention.run_due(at=later(ticket))
    message, consent = ticket.messages.order_by("pk")[0], ticket.consents.get()
    type(message).objects.filter(pk=message.pk).update(body="nachträglich")
    type(consent).objects.filter(pk=consent.pk).update(purpose="nachträglich")
    assert sorted((broken.table, broken.row) for broken in audit.verify()) == [
        ("consent", consent.pk),
        ("consent", consent.pk),
        ("message", message.pk),
    ]


def test_a_message_emptied_behind_the_trails_back_is_no_erasure(cast: Cast) -> None:
    policy()
    ticket = full_ticket(cast)
    retention.run_due(at=later(ticket))
    message = ticket.messages.order_by("pk")[0]
    type(message).objects.filter(pk=message.pk).update(body="")
    assert [(broken.table, broken.row) for broken in audit.verify()] == [("message", message.pk)]


def test_the_nearest_policy_up_the_tree_counts(cast: Cast) -> None:
    policy(30)
    policy(None, code="business_apps")
    ticket = full_ticket(cast)  # of business_finance, below business_apps
    assert retention.run_due(at=later(ticket, 3650)) == {}
    policy(100, code="business_finance", texts=True)
    assert retention.run_due(at=later(ticket, 99)) == {}
    assert retention.run_due(at=later(ticket, 100)) == {"erased": 1}
    assert erased(ticket).texts_erased_at is not None


def test_tickets_without_a_category_follow_the_policy_for_all(cast: Cast) -> None:
    ticket = run(make_ticket(cast.requester), "withdraw", cast.requester, reason="不需要了")
    run(ticket, "archive", cast.agent)
    policy(10, code="printing")
    assert retention.run_due(at=later(ticket, 11)) == {}
    policy(10)
    assert retention.run_due(at=later(ticket, 11)) == {"erased": 1}


def test_texts_go_later_where_the_policy_changes(cast: Cast) -> None:
    mine = policy()
    ticket = full_ticket(cast)
    retention.run_due(at=later(ticket))
    mine.erases_texts = True
    mine.save()
    assert retention.run_due(at=later(ticket)) == {"erased": 1}
    assert CANARY not in everything_about(ticket)
    assert audit.verify() == []


def test_only_what_is_archived_goes(cast: Cast) -> None:
    policy(1)
    bring_to(make_ticket(cast.requester), "closed", cast.agent)
    assert retention.run_due(at=timezone.now() + timedelta(days=20)) == {}


@pytest.mark.parametrize("kept", ["ticket", "person"])
def test_a_legal_hold_stops_it_until_it_is_lifted(cast: Cast, kept: str) -> None:
    policy()
    ticket = full_ticket(cast)
    at = timezone.now()
    if kept == "ticket":
        hold_ticket(ticket_id=ticket.pk, reason="仲裁", actor=cast.admin, at=at)
    else:
        hold_person(person_id=cast.requester.pk, reason="仲裁", actor=cast.admin, at=at)
    assert retention.run_due(at=later(ticket)) == {}
    assert erased(ticket).contact_phone == PHONE
    if kept == "ticket":
        lift_ticket_hold(ticket_id=ticket.pk, reason="已结案", actor=cast.admin, at=at)
        assert retention.run_due(at=later(ticket)) == {"erased": 1}
    assert audit.verify() == []


def test_the_desk_reads_an_anonymised_ticket_without_a_name(cast: Cast, as_user: AsUser) -> None:
    policy()
    ticket = full_ticket(cast)
    retention.run_due(at=later(ticket))
    agent = as_user(cast.agent)
    page = agent.get(f"/desk/tickets/{ticket.number}/").content.decode()
    assert "王敏" not in page and "周航" not in page
    assert "Who this ticket was about was erased" in page
    assert "李强" in page, "the desk's own people stay"
    events = agent.get(f"/api/v1/tickets/{ticket.number}/events/").content.decode()
    assert "王敏" not in events and '"anonymous-' in events
    assert as_user(cast.requester).get(f"/tickets/{ticket.number}/").status_code == 404
    assert as_user(cast.colleague).get(f"/tickets/{ticket.number}/").status_code == 404
    audit_page = as_user(cast.admin).get("/admin/tickets/ticketevent/").content.decode()
    assert "王敏" not in audit_page.partition("result_list")[2]


def test_the_hourly_job_and_the_sweep_command_do_it(cast: Cast) -> None:
    policy()
    ticket = full_ticket(cast)
    assert "retention" in periodic.clean_up(at=later(ticket))
    assert erased(ticket).anonymised_at is not None
    second = full_ticket(cast)
    assert periodic.sweep_and_deliver(clock=lambda: later(second))["retention"] == {"erased": 1}


def test_one_broken_ticket_does_not_keep_the_others(cast: Cast) -> None:
    policy()
    broken, sound = full_ticket(cast), full_ticket(cast)
    # An event that is already there collides with the one that erasing writes.
    Ticket.objects.filter(pk=broken.pk).update(version=1)
    assert retention.run_due(at=later(sound)) == {"erased": 1, "refused": 1}


def test_every_text_beside_a_ticket_is_erased_or_known_to_stay() -> None:
    """Whoever adds a text beside tickets says here, or in `tickets/erasure.py`, what becomes of it."""
    stays = {
        # The trail, which erasing must not touch; and what says why something was kept.
        ("TicketEvent", "reason"),
        ("TicketEvent", "data"),
        ("LegalHold", "reason"),
        ("LegalHold", "lift_reason"),
        # Written anew, deleted, or emptied by hand of `services/erasing`.
        ("TicketSearch", "public_tokens"),
        ("TicketSearch", "internal_tokens"),
        ("Draft", "content"),
        ("Attachment", "name"),
        ("IncomingMail", "storage_key"),
        # Of the organisation, not of the requester.
        ("MajorIncident", "title_zh"),
        ("MajorIncident", "title_en"),
        ("MajorIncident", "reason"),
        ("MajorIncident", "public_text_zh"),
        ("MajorIncident", "public_text_en"),
        # Evidence of who had what and who read what, which nobody may change (append-only tables).
        ("BreakGlass", "reason"),
        ("Evidence", "what"),
        ("Evidence", "found_where"),
        # Codes, numbers and fingerprints.
        ("ConfidentialRead", "file"),
        ("Survey", "reasons"),
        ("VendorCase", "reference"),
        ("VendorCase", "cost_amount"),
        ("Attachment", "content_type"),
        ("Attachment", "sha256"),
        ("Attachment", "storage_key"),
        ("DiagnosisStep", "touches"),
        ("Escalation", "asked"),
        ("Escalation", "segments"),
        ("Clock", "segments"),
        ("Clock", "earlier_ends"),
        ("IncidentLink", "ending_problem"),
        ("IncomingMail", "content_sha256"),
        ("IncomingMail", "message_id"),
        ("IncomingMail", "reason"),
        ("IncomingMail", "verdict"),
        ("MajorIncident", "number"),
        ("Package", "facts"),
        ("RemoteSession", "tool"),
        ("TicketEvent", "hash"),
        ("TicketEvent", "previous_hash"),
        ("TicketEvent", "code"),
        ("TicketEvent", "from_status"),
        ("TicketEvent", "to_status"),
    }
    gone = {(rows.model.__name__, name) for rows in rows_beside() for name in (*rows.who, *rows.written)}
    texts = {
        (model.__name__, field.name)
        for model in apps.get_models()
        if not model.__name__.startswith("Historical")
        and any(
            isinstance(field, models.ForeignKey) and field.related_model is Ticket for field in model._meta.get_fields()
        )
        and model is not Ticket
        for field in model._meta.get_fields()
        if isinstance(field, (models.CharField, models.TextField, models.JSONField)) and not field.choices
    }
    assert texts - gone - stays == set()
    beside = {rows.model.__name__ for rows in rows_beside() if rows.ticket == "ticket"}
    assert {(model, name) for model, name in gone if model in beside} - texts == set()


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres_only
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one writer in at a time")
def test_two_workers_erase_each_ticket_once(cast: Cast) -> None:
    policy(texts=True)
    tickets = [full_ticket(cast) for _ in range(3)]
    at = later(tickets[-1])
    all_at_once([lambda: retention.run_due(at=at)] * 3)
    assert retention.run_due(at=at) == {}
    assert TicketEvent.objects.filter(code="anonymised").count() == 3
    assert audit.verify() == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres_only
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one writer in at a time")
def test_of_a_hold_and_an_erasure_at_once_either_comes_first(cast: Cast) -> None:
    policy()
    ticket = full_ticket(cast)
    at = later(ticket)

    def hold() -> str:
        try:
            hold_person(person_id=cast.requester.pk, reason="仲裁", actor=cast.admin, at=at)
        except Conflict as error:
            return error.code
        return "held"

    all_at_once([hold, lambda: retention.run_due(at=at)])
    now = erased(ticket)
    assert (now.anonymised_at is None) == (now.contact_phone == PHONE)
    retention.run_due(at=at)
    assert audit.verify() == []
