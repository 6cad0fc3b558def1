"""Tests that commit leave the database as the migrations made it: checked with real audit rows."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, transaction

from tests.cast import Cast
from tests.factories import make_ticket
from tickets.models import Category, Ticket, TicketEvent


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", [1, 2])
def test_a_committing_test_starts_from_what_the_migrations_wrote(turn: int, cast: Cast) -> None:
    assert Category.objects.exists()
    assert not Ticket.objects.exists()
    make_ticket(cast.requester)
    assert TicketEvent.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_audit_rows_stay_protected_after_cleaning(cast: Cast) -> None:
    make_ticket(cast.requester)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        TicketEvent.objects.all().delete()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        TicketEvent.objects.update(reason="altered")


@pytest.mark.django_db
def test_other_tests_still_find_the_catalogue() -> None:
    assert Category.objects.count() > 10
