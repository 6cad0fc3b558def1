"""What the desk's tests share."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from helpdesk.accounts.models import User


@pytest.fixture
def as_user(db: None) -> Callable[..., Client]:
    """A browser in which this person has signed in, in this language."""

    def sign_in(user: User, language: str = "en") -> Client:
        client = Client(HTTP_ACCEPT_LANGUAGE=language)
        client.force_login(user)
        return client

    return sign_in
