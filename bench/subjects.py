"""What is measured, and whom the requests come from. Runs in a process of its own: `python -m bench.subjects`.

Prints one JSON object: cookies and tokens for the client, the addresses to ask, and how many queries each needs.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")


TOLD = "笔记本外接显示器闪烁，更换线缆后仍出现"


def prepare() -> dict[str, Any]:
    from django.conf import settings
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext
    from django.urls import reverse
    from django.utils import timezone

    from helpdesk.accounts.models import User
    from helpdesk.api.models import ApiToken
    from helpdesk.api.tokens import create_token
    from tickets.models import Ticket

    agent = User.objects.get(username="agent")
    at = timezone.now()
    _token, token = create_token(
        owner=agent, name=f"bench {at:%Y-%m-%d %H:%M:%S.%f}", scope=ApiToken.Scope.WRITE, days=1, at=at
    )
    settings.ALLOWED_HOSTS = ["*"]
    browser = Client()
    browser.force_login(agent, backend="helpdesk.accounts.backends.SignInBackend")
    # A told ticket, so that it is the same one at every scale.
    told = Ticket.objects.filter(subject=TOLD, assignee=agent).get()
    ticket = reverse("desk:ticket", args=[told.number])
    queue = reverse("desk:queue")
    api = reverse("api:tickets")
    new = {
        "subject": "财务系统白屏",
        "description": "登录后整个页面都是白的。",
        "kind": "incident",
        "category": "printing",
    }
    auth = {"HTTP_AUTHORIZATION": f"Token {token}"}
    number = _submit(browser, api, new, auth)
    fragment = {"HX-Request": "true", "HX-Target": "queue"}
    message = {"body": "请问现在好了吗？", "kind": "public"}
    pages = {
        "queue page, 50 rows": {"path": queue, "headers": {}, "limit": 15},
        "queue fragment after a filter": {"path": f"{queue}?priority=P2,P3", "headers": fragment, "limit": 12},
        "queue searched for two characters": {"path": f"{queue}?q=财务", "headers": fragment},
        "ticket workspace": {"path": ticket, "headers": {}, "limit": 15},
    }
    answers: dict[str, Any] = {
        "cookie": f"{settings.SESSION_COOKIE_NAME}={browser.cookies[settings.SESSION_COOKIE_NAME].value}",
        "token": token,
        "pages": pages,
        "api_list": {"path": f"{api}?page_size=50", "limit": 12},
        "api_create": {"path": api, "body": new, "limit": 10},
        "api_comment": {"path": reverse("api:ticket_messages", args=[number]), "body": message, "limit": 8},
        "queries": {},
        "rows": {"tickets": Ticket.objects.count(), "vendor": connection.vendor},
    }
    for name, page in pages.items():
        headers = {f"HTTP_{key.upper().replace('-', '_')}": value for key, value in page["headers"].items()}
        browser.get(page["path"], **headers)
        with CaptureQueriesContext(connection) as queries:
            response = browser.get(page["path"], **headers)
        assert response.status_code == 200, f"{page['path']} answered {response.status_code}"
        answers["queries"][name] = len(queries)
    for name, ask in (
        ("API list of 50", lambda: browser.get(answers["api_list"]["path"], **auth)),
        ("API create", lambda: browser.post(api, json.dumps(new), content_type="application/json", **auth)),
        (
            "API comment",
            lambda: browser.post(
                answers["api_comment"]["path"], json.dumps(message), content_type="application/json", **auth
            ),
        ),
    ):
        ask()
        with CaptureQueriesContext(connection) as queries:
            response = ask()
        assert response.status_code in (200, 201), f"{name} answered {response.status_code}: {response.content[:300]!r}"
        answers["queries"][name] = len(queries)
    return answers


def _submit(browser: Any, api: str, new: dict[str, str], auth: dict[str, str]) -> str:
    """The number of a fresh ticket, which takes the comments of this run."""
    answer = browser.post(api, json.dumps(new), content_type="application/json", **auth)
    assert answer.status_code == 201, f"{api} answered {answer.status_code}: {answer.content[:300]!r}"
    return str(answer.json()["number"])


if __name__ == "__main__":
    django.setup()
    json.dump(prepare(), sys.stdout)
