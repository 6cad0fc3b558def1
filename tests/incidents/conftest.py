"""Browsers for both sides, without JavaScript."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from helpdesk.accounts.models import User
from tests.factories import bring_to, make_ticket
from tickets.models import Ticket


@pytest.fixture
def browse(db: None) -> Callable[..., Client]:
    def sign_in(user: User, language: str = "en") -> Client:
        client = Client(headers={"accept-language": language})
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def parent(cast) -> Ticket:
    """The ticket that becomes an incident."""
    return bring_to(make_ticket(cast.requester), "in_progress", cast.agent)
