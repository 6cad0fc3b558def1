"""Nothing that is typed or forged ends in a server error."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from tests.cast import Cast
from tests.factories import bring_to, make_ticket
from tests.portal.conftest import Browse
from tests.portal.reading import report, text_of
from tickets.models import Ticket

BROKEN = [
    "\x00",
    "a\x00b",
    "\ud800",
    "x" * 100_000,
    "😀" * 300,
    "\u202eevil",
    "<script>alert(1)</script>",
    "%00",
    "'; DROP",
]
FIELDS = ["subject", "description", "error_message", "steps", "device_hostname", "device_ip", "contact_phone",
          "contact_location", "occurred_at", "needed_by_at", "needed_by_reason", "category", "impact", "urgency",
          "for_whom", "person", "submission_key", "attachments", "after"]  # fmt: skip


@pytest.mark.parametrize("field", FIELDS)
def test_the_report_form_survives_any_words_in_any_field(cast: Cast, browse: Browse, field: str) -> None:
    client = browse(cast.requester)
    for value in BROKEN:
        answers = {
            "subject": "s",
            "description": "d",
            "impact": "person",
            "urgency": "stopped",
            "for_whom": "colleague",
        }
        body = urlencode({**answers, field: value}, errors="surrogatepass")
        response = client.post("/tickets/new/", body, content_type="application/x-www-form-urlencoded")
        assert response.status_code in (303, 404, 422), (field, value, response.status_code)


def test_nul_and_surrogates_are_named_at_their_field(cast: Cast, browse: Browse) -> None:
    response = report(browse(cast.requester), subject="a\x00b", description="Kept")
    assert response.status_code == 422 and "Kept" in text_of(response)
    assert not Ticket.objects.exists()


def test_a_lone_surrogate_in_the_bytes_is_no_server_error(cast: Cast, browse: Browse) -> None:
    response = browse(cast.requester).post(
        "/tickets/new/",
        b"subject=%ED%A0%80&description=%ED%A0%80",
        content_type="application/x-www-form-urlencoded",
    )
    assert response.status_code == 422


def test_a_title_of_ten_megabytes_is_too_large_and_says_so(cast: Cast, browse: Browse) -> None:
    client = browse(cast.requester)
    response = client.post("/tickets/new/", {"subject": "x" * 10_000_000})
    assert response.status_code == 413 and "too large" in text_of(response)
    urlencoded = client.post(
        "/tickets/new/", "subject=" + "x" * 10_000_000, content_type="application/x-www-form-urlencoded"
    )
    assert urlencoded.status_code == 413
    assert not Ticket.objects.exists()


def test_a_long_title_is_refused_at_its_field_and_kept(cast: Cast, browse: Browse) -> None:
    response = report(browse(cast.requester), subject="y" * 201)
    assert response.status_code == 422 and "y" * 201 in response.content.decode()


def test_script_in_any_text_is_shown_as_text(cast: Cast, browse: Browse) -> None:
    evil = "<script>alert(1)</script>"
    ticket = make_ticket(cast.requester, subject=evil, description=evil, steps=evil, error_message=evil,
                         device_hostname=evil, contact_location=evil)  # fmt: skip
    client = browse(cast.requester)
    for page in ("/", "/tickets/", f"/tickets/{ticket.number}/", f"/tickets/{ticket.number}/submitted/",
                 f"/tickets/{ticket.number}/details/", f"/tickets/new/?subject={evil}"):  # fmt: skip
        assert evil not in client.get(page).content.decode(), page


@pytest.mark.parametrize("version", ["", "x", "0", "-1", "9" * 40, "1.5", "\x00"])
def test_a_broken_version_is_refused_without_a_change(cast: Cast, browse: Browse, version: str) -> None:
    ticket = bring_to(make_ticket(cast.requester), "resolved", cast.agent2)
    client = browse(cast.requester)
    for page in ("do/confirm/", "reply/"):
        response = client.post(f"/tickets/{ticket.number}/{page}", {"version": version, "body": "x"})
        assert response.status_code == 400
    assert Ticket.objects.get().version == ticket.version


@pytest.mark.parametrize("number", ["%00", "a%00b", "x" * 40, "..", "%2e%2e", "1'", "１０００１", "-", "0"])
def test_a_strange_number_is_nothing(cast: Cast, browse: Browse, number: str) -> None:
    assert browse(cast.requester).get(f"/tickets/{number}/").status_code == 404


@pytest.mark.parametrize("query", ["q=%00", "q=%ED%A0%80", "q=%25%5F", "page=-1", "page=x", "page=99999999999999999999",
                                   "tab=nonsense", "tab=%00", "q=" + "a" * 5000])  # fmt: skip
def test_a_strange_query_shows_a_list(cast: Cast, browse: Browse, query: str) -> None:
    make_ticket(cast.requester)
    assert browse(cast.requester).get(f"/tickets/?{query}").status_code == 200


@pytest.mark.parametrize(
    "query", ["subject=%00", "category=%00", "after=%00", "category=nonsense", "after=", "subject=" + "a" * 5000]
)
def test_a_strange_address_shows_the_form(cast: Cast, browse: Browse, query: str) -> None:
    assert browse(cast.requester).get(f"/tickets/new/?{query}").status_code == 200


def test_strange_words_in_the_other_forms_are_refused(cast: Cast, browse: Browse) -> None:
    ticket = make_ticket(cast.requester)
    client = browse(cast.requester)
    for value in ("\x00", "a\x00b", "x" * 50_000):
        for page, data in (
            ("reply/", {"body": value}),
            ("do/withdraw/", {"reason": value}),
            ("people/", {"person": value}),
            ("details/", {"subject": value, "description": value, "contact_phone": value}),
        ):
            response = client.post(f"/tickets/{ticket.number}/{page}", {"version": 1, **data})
            assert response.status_code == 422, (page, value[:5])
        assert client.post(f"/tickets/{ticket.number}/draft/", {"body": value * 2}).status_code in (200, 400)
        assert client.post("/tickets/new/draft/", {"subject": value * 2}).status_code in (200, 400)
        assert client.post(f"/tickets/{ticket.number}/people/remove/", {"person": value}).status_code == 303
        assert client.get("/tickets/people/", {"person": value}).status_code in (200, 400)
    assert Ticket.objects.get().version == 1
