"""Browsers of the portal: signed in, in English unless a test says otherwise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from helpdesk.accounts.models import User

Browse = Callable[..., Client]


@pytest.fixture
def browse() -> Browse:
    def sign_in(user: User | None, language: str = "en", **options: Any) -> Client:
        client = Client(headers={"accept-language": language}, **options)
        if user is not None:
            client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[1])
        return client

    return sign_in


@pytest.fixture(autouse=True)
def _files_of_this_test(settings: Any, tmp_path: Any) -> None:
    settings.FILES_DIR = tmp_path / "files"
