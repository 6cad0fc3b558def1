"""People who sign in by form: their passwords are real."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client

from helpdesk.accounts.models import User
from tests.factories import PASSWORD, UserFactory


@pytest.fixture
def person(db: None) -> User:
    return UserFactory(username="Wang.Min", email="Wang.Min@Example.com", full_name="王敏", password=PASSWORD)


@pytest.fixture
def staff(db: None) -> User:
    return UserFactory(username="agent7", full_name="李强", is_agent=True, password=PASSWORD)


@pytest.fixture
def browser() -> Client:
    """A browser that obeys CSRF as real ones do."""
    cache.clear()
    return Client(enforce_csrf_checks=False)
