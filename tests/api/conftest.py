from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from helpdesk.accounts.models import User
from helpdesk.api.tokens import create_token
from tests.api.client import Api


@pytest.fixture
def api(db: None) -> Callable[..., Api]:
    """`api(person)`: a caller with a token of that person; `api(None)`: a stranger."""

    def make(person: User | None, scope: str = "write", **client: Any) -> Api:
        headers = {}
        if person is not None:
            _token, text = create_token(owner=person, name="test", scope=scope, at=timezone.now())
            headers = {"Authorization": f"Token {text}"}
        return Api(Client(raise_request_exception=False, headers={"Accept-Language": "en", **headers}, **client))

    return make
