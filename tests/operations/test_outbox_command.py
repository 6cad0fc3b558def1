"""`manage.py outbox` and the page of outgoing messages in the administration."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.contrib import admin
from django.contrib.messages.storage.fallback import FallbackStorage
from django.core.management import CommandError, call_command
from django.test import RequestFactory
from django.utils import timezone

from helpdesk.common.models import OutboxMessage
from notifications.admin import OutboxMessageAdmin
from tests.factories import make_ticket
from tests.notifications.acts import make_hook


def outbox(*arguments: str) -> dict[str, Any]:
    out = StringIO()
    call_command("outbox", *arguments, "--json", stdout=out)
    answer: dict[str, Any] = json.loads(out.getvalue())
    return answer


@pytest.fixture
def failed(cast) -> dict[str, OutboxMessage]:
    """One dead, one flagged as uncertain, and one that will be repeated by itself."""
    for _ in range(3):
        make_ticket(cast.requester)
    OutboxMessage.objects.filter(channel="in_app").update(state="sent", next_attempt_at=None)
    dead, flagged, repeating = OutboxMessage.objects.filter(channel="email")
    at = timezone.now()
    mine = OutboxMessage.objects
    mine.filter(pk=dead.pk).update(state="dead", attempts=6, next_attempt_at=None, last_error="550 no")
    mine.filter(pk=flagged.pk).update(state="uncertain", doubts=2, next_attempt_at=None)
    mine.filter(pk=repeating.pk).update(state="uncertain", doubts=1, next_attempt_at=at + timedelta(hours=1))
    return {"dead": dead, "flagged": flagged, "repeating": repeating}


def state_of(row: OutboxMessage) -> str:
    row.refresh_from_db()
    return row.state


def test_the_status_counts_states_and_channels_and_names_the_oldest(failed, cast):
    make_ticket(cast.requester2)
    OutboxMessage.objects.filter(state="pending").update(created_at=timezone.now() - timedelta(minutes=5))
    status = outbox("status")
    assert (status["pending"], status["sent"], status["dead"], status["uncertain"]) == (2, 3, 1, 2)
    assert (status["flagged"], status["due"], status["paused"]) == (1, 2, False)
    assert status["channels"]["email"]["pending"] == status["channels"]["in_app"]["pending"] == 1
    assert 300 <= status["oldest_waiting_seconds"] < 330


def test_the_status_of_an_empty_outbox(db):
    status = outbox("status")
    assert (status["pending"], status["oldest_waiting_seconds"]) == (0, None)
    out = StringIO()
    call_command("outbox", "status", stdout=out)
    assert "oldest_waiting_seconds: -" in out.getvalue()


def test_draining_delivers_everything_that_is_due(cast, mailoutbox):
    make_ticket(cast.requester)
    assert outbox("drain") == {"sent": 2}
    assert outbox("drain") == {}
    assert len(mailoutbox) == 1


def test_a_paused_outbox_says_so_and_does_not_drain(cast, mailoutbox):
    make_ticket(cast.requester)
    assert outbox("pause") == {"paused": True, "changed": True}
    status = outbox("status")
    assert status["paused"] is True and status["paused_at"]
    with pytest.raises(CommandError, match="paused"):
        outbox("drain")
    assert outbox("resume") == {"paused": False, "changed": True}
    assert outbox("resume") == {"paused": False, "changed": False}
    assert outbox("drain") == {"sent": 2}
    assert len(mailoutbox) == 1


def test_replay_sends_the_dead_again_but_not_what_may_have_arrived(failed, mailoutbox):
    assert outbox("replay") == {"replayed": 1}
    assert state_of(failed["dead"]) == "pending"
    assert failed["dead"].attempts == 0
    assert state_of(failed["flagged"]) == "uncertain"
    outbox("drain")
    assert state_of(failed["dead"]) == "sent"
    assert len(mailoutbox) == 1


def test_an_uncertain_message_is_sent_again_when_it_is_named(failed):
    assert outbox("replay", str(failed["flagged"].uuid)) == {"replayed": 1}
    outbox("drain")
    assert state_of(failed["flagged"]) == "sent"


def test_only_failed_messages_can_be_replayed(failed):
    for event_id in (failed["repeating"].uuid, uuid4()):
        with pytest.raises(CommandError):
            outbox("replay", str(event_id))
    assert state_of(failed["repeating"]) == "uncertain"


# --- The administration -------------------------------------------------------------------------------------------


@pytest.fixture
def page() -> OutboxMessageAdmin:
    return OutboxMessageAdmin(OutboxMessage, admin.site)


def asked_by(person: Any, **query: str) -> Any:
    request = RequestFactory().get("/", query)
    request.user = person
    request.session = {}
    request._messages = FallbackStorage(request)  # type: ignore[attr-defined]
    return request


def listed(page: OutboxMessageAdmin, person: Any, **query: str) -> set[Any]:
    changelist = page.get_changelist_instance(asked_by(person, **query))
    return set(changelist.get_queryset(asked_by(person, **query)).values_list("uuid", flat=True))


def test_administrators_see_first_what_needs_attention(failed, cast, page):
    assert listed(page, cast.admin) == {row.uuid for row in failed.values()}
    assert listed(page, cast.admin, state="dead") == {failed["dead"].uuid}
    assert len(listed(page, cast.admin, state="all")) == 6
    assert listed(page, cast.admin, q="550") == {failed["dead"].uuid}
    assert listed(page, cast.admin, q=str(failed["flagged"].uuid)) == {failed["flagged"].uuid}


def test_messages_can_be_sent_again_from_the_page_and_not_be_edited(failed, cast, page):
    request = asked_by(cast.admin)
    assert set(page.get_actions(request)) == {"send_again"}
    assert not (page.has_add_permission(request) or page.has_change_permission(request))
    assert not page.has_delete_permission(request)
    page.send_again(request, OutboxMessage.objects.filter(pk__in=[failed["dead"].pk, failed["flagged"].pk]))
    assert (state_of(failed["dead"]), state_of(failed["flagged"])) == ("pending", "pending")
    page.send_again(request, OutboxMessage.objects.filter(pk=failed["repeating"].pk))
    assert state_of(failed["repeating"]) == "uncertain"


def test_only_administrators_send_again(failed, cast, page):
    assert "send_again" not in page.get_actions(asked_by(cast.lead))


def test_the_status_names_each_destination_with_its_circuit(cast, settings):
    settings.EGRESS_ALLOW = [("127.0.0.1", 9101)]
    hook = make_hook(cast.admin, "http://127.0.0.1:9101/hook", name="监控")
    make_ticket(cast.requester)
    type(hook).objects.update(failures=4, blocked_until=timezone.now() + timedelta(hours=1), last_error="500")
    status = outbox("status")
    assert status["channels"]["webhook"]["pending"] == 1
    (state,) = status["destinations"].values()
    assert list(status["destinations"]) == [hook.key]
    assert (state["name"], state["circuit"], state["failures"], state["pending"]) == ("监控", "open", 4, 1)
    assert "http://" not in json.dumps(status["destinations"])


def test_dead_messages_to_destinations_get_a_whole_day_again(cast, settings):
    settings.EGRESS_ALLOW = [("127.0.0.1", 9101)]
    hook = make_hook(cast.admin, "http://127.0.0.1:9101/hook")
    make_ticket(cast.requester)
    long_ago = timezone.now() - timedelta(days=3)
    rows = OutboxMessage.objects.filter(destination=hook.key)
    rows.update(state="dead", next_attempt_at=None, give_up_at=long_ago)
    assert outbox("replay")["replayed"] == 1
    row = rows.get()
    assert row.state == "pending"
    assert row.give_up_at is not None
    assert row.give_up_at > timezone.now() + timedelta(hours=23)
