"""A caller of the API, through the whole WSGI stack."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.test import Client

V1 = "/api/v1/"


@dataclass
class Api:
    client: Client

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> HttpResponse:
        """`path` below /api/v1/ or from the root; `body` is sent as JSON unless it is bytes."""
        path = path.removeprefix("http://testserver")
        url = path if path.startswith("/") else V1 + path
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        content_type = names.pop("Content-Type", "application/json")
        return self.client.generic(method, url, data=data, content_type=content_type, headers=names)

    def get(self, path: str, **headers: str) -> HttpResponse:
        return self("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> HttpResponse:
        return self("POST", path, body, **headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> HttpResponse:
        return self("PATCH", path, body, **headers)


def refusal(response: HttpResponse) -> tuple[int, str, dict[str, Any]]:
    """Status, code and the fields complained about; fails unless the refusal has exactly its fixed shape."""
    body = response.json()
    assert response["Content-Type"].startswith("application/json")
    assert {"code", "detail", "fields"} <= set(body), body
    assert isinstance(body["detail"], str)
    assert body["detail"]
    assert all(isinstance(text, str) for texts in body["fields"].values() for text in texts)
    return response.status_code, body["code"], body["fields"]
