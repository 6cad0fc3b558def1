"""Copied demo tickets: as true as the told ones, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from helpdesk import invariants
from helpdesk.accounts.models import User
from helpdesk.common.models import OutboxMessage
from helpdesk.management.commands import seed_demo
from tests.factories import make_ticket
from tickets.lifecycle import Status
from tickets.models import Message, NumberCounter, Ticket, TicketEvent
from tickets.search import search_tickets

AT = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)
COPIES = 320


@pytest.fixture(scope="class")
def _seeded(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock(), transaction.atomic():
        patch.setitem(seed_demo.SCALES, "M", COPIES)
        call_command("seed_demo", scale="M", at=AT, verbosity=0)
        yield
        transaction.set_rollback(True)


@pytest.mark.django_db
@pytest.mark.usefixtures("_seeded")
class TestCopies:
    def test_every_invariant_holds(self) -> None:
        broken = {name: rows for name, rows in invariants.check_all(at=AT).items() if rows}
        broken.pop("content_without_file", None)  # other tests leave files on disk, and roll their rows back
        assert broken == {}

    def test_there_are_as_many_as_asked_for_with_numbers_in_order(self) -> None:
        tickets = Ticket.objects.order_by("pk")
        assert COPIES + 55 <= tickets.count() <= COPIES + 75
        numbers = [int(number) for number in tickets.values_list("number", flat=True)]
        assert numbers == list(range(10001, 10001 + len(numbers)))
        assert NumberCounter.objects.get(name="ticket").value == numbers[-1]
        made = list(tickets[:COPIES].values_list("created_at", flat=True))
        assert made == sorted(made)

    def test_open_and_done_are_mixed(self) -> None:
        copies = Ticket.objects.filter(requester__username__startswith="staff")
        assert {Status.NEW, Status.IN_PROGRESS, Status.WAITING, Status.CLOSED} <= set(
            copies.values_list("status", flat=True)
        )
        assert copies.filter(archived_at__isnull=False).exists()

    def test_copies_point_at_nothing_they_lack(self) -> None:
        """Hand-overs, tasks and incidents are the told tickets' own."""
        copies = Ticket.objects.filter(requester__username__startswith="staff")
        assert not copies.exclude(escalation_level=0, offered_to=None, open_matters=0).exists()
        entangled = ("handover_offered", "task_added", "incident_declared", "incident_linked", "new_time_proposed")
        assert not TicketEvent.objects.filter(ticket__in=copies, code__in=entangled).exists()

    def test_copies_have_the_promises_that_their_trail_tells_of(self) -> None:
        copies = Ticket.objects.filter(requester__username__startswith="staff", promised_at__isnull=False)
        assert copies.exists()
        for copy in copies.prefetch_related("promises"):
            (promise,) = copy.promises.all()
            event = copy.events.get(code="promise_made")
            assert copy.promised_at == promise.promised_at == datetime.fromisoformat(event.data["due_at"])
            assert event.data["promised"] == promise.pk

    def test_nobody_is_told_of_a_copy(self) -> None:
        assert not OutboxMessage.objects.filter(state=OutboxMessage.State.PENDING).exists()

    def test_canary_words_are_not_copied(self) -> None:
        copies = Ticket.objects.filter(requester__username__startswith="staff")
        assert not copies.filter(description__contains="CANARY").exists()
        assert not Message.objects.filter(ticket__in=copies, body__contains="CANARY").exists()

    def test_copies_are_found_by_words_and_number(self) -> None:
        agent = User.objects.get(username="agent")
        copy = Ticket.objects.filter(is_confidential=False, requester__username__startswith="staff").latest("pk")
        for text in (copy.number, copy.device_hostname, copy.contact_name):
            assert copy in search_tickets(Ticket.objects.visible_to(agent), text, agent), text

    def test_work_goes_on_behind_them(self) -> None:
        """Keys and the counter stand behind what was written past the ORM."""
        agent = User.objects.get(username="agent")
        ticket = make_ticket(agent, at=timezone.now())
        assert ticket.number == str(int(Ticket.objects.exclude(pk=ticket.pk).latest("pk").number) + 1)
        assert TicketEvent.objects.filter(ticket=ticket).count() == 1

    def test_people_of_copies_cannot_sign_in(self) -> None:
        copied = User.objects.filter(username__regex=r"^(staff|desk-)")
        assert copied.count() > 50
        assert not any(person.has_usable_password() for person in copied)
