"""Reading pages as a person would, and filling in their forms."""

from __future__ import annotations

import html
import re
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)


def text_of(response: Any) -> str:
    """The page's words in the order of the source, without tags."""
    body = response.content.decode()
    body = re.sub(r"<(script|template|svg)\b.*?</\1>", " ", body, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def body_without_reference(response: Any) -> str:
    """The page without the reference number, which differs in every answer."""
    return re.sub(r'<p class="code small">.*?</p>', "", response.content.decode(), flags=re.DOTALL)


def hidden(response: Any, name: str) -> str:
    """The value of a hidden field."""
    tag = re.search(rf'<input[^>]*name="{name}"[^>]*>', response.content.decode())
    assert tag, f"no field {name}"
    value = re.search(r'value="([^"]*)"', tag[0])
    assert value
    return html.unescape(value[1])


def image(name: str = "screen.png", content: bytes = PNG) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def report(client: Client, *, at: str = "/tickets/new/", **answers: Any) -> HttpResponse:
    """Open the form, fill it in and send it. An answer of None is left out."""
    page = client.get(at)
    assert page.status_code == 200
    values: dict[str, Any] = {
        "subject": "Printer does nothing",
        "description": "I press print and nothing happens.",
        "for_whom": "me",
        "impact": "person",
        "urgency": "slowed",
        "contact_phone": "6021",
        "submission_key": hidden(page, "submission_key"),
        **answers,
    }
    return client.post("/tickets/new/", {name: value for name, value in values.items() if value is not None})


def number_of(response: HttpResponse) -> str:
    """The number of the ticket that a sent form leads to."""
    assert response.status_code == 303, text_of(response)
    return response["Location"].split("/")[2]
