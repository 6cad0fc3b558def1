"""A database that is away or read-only for the moment: a plain 503, and back by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client

from tests.cast import Cast

pytestmark = pytest.mark.django_db


@contextmanager
def database_away(verbs: tuple[str, ...]) -> Iterator[None]:
    """Statements that begin with one of these words fail as they do when the server is gone."""

    def refuse(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith(verbs):
            raise OperationalError("server closed the connection: host 10.0.0.5, user helpdesk")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(refuse):
        yield


@pytest.fixture
def browser(cast: Cast) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(cast.requester)
    return client


def test_pages_say_that_the_desk_is_back_soon(browser: Client) -> None:
    with database_away(("SELECT",)):
        response = browser.get("/")
    assert response.status_code == 503
    assert response["Retry-After"]
    assert "X-Request-Id" in response
    text = response.content.decode()
    assert "<h1>" in text
    assert "10.0.0.5" not in text
    assert "Traceback" not in text
    assert browser.get("/").status_code == 200


def test_the_api_says_so_in_json_however_early(browser: Client) -> None:
    with database_away(("SELECT",)):
        response = browser.get("/api/v1/tickets/")
    assert response.status_code == 503
    assert response.json()["code"] == "unavailable"
    assert "10.0.0.5" not in response.content.decode()


def test_reading_works_while_nothing_can_be_written(browser: Client) -> None:
    with database_away(("INSERT", "UPDATE", "DELETE")):
        assert browser.get("/").status_code == 200
        assert browser.get("/tickets/").status_code == 200
        data = {"subject": "白屏", "description": "打开后白屏", "kind": "incident"}
        assert browser.post("/api/v1/tickets/", data, content_type="application/json").status_code == 503
