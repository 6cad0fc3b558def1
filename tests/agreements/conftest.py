from __future__ import annotations

import pytest

from tests.cast import Cast
from tests.desk.conftest import as_user
from tests.factories import bring_to, make_ticket
from tests.notifications.conftest import sink
from tickets.models import Ticket

__all__ = ["as_user", "sink"]


@pytest.fixture
def ticket(cast: Cast) -> Ticket:
    """In the hands of `agent`, with the first line."""
    return bring_to(make_ticket(cast.requester), "in_progress", cast.agent)
