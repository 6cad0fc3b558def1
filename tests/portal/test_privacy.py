"""What the requester's side must never see, and what looks as if it did not exist."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.cast import Cast
from tests.factories import bring_to, make_ticket, reply, run
from tests.portal.conftest import Browse
from tests.portal.reading import body_without_reference, image
from tickets.models import Attachment, Category, Ticket

GETS = ("", "submitted/", "updates/", "details/", "people/", "do/confirm/", "do/reject/", "do/withdraw/", "do/reopen/")
POSTS = ("reply/", "draft/", "seen/", "details/", "people/", "people/remove/", "do/confirm/", "do/withdraw/")


def test_internal_words_and_acts_stay_inside(cast: Cast, browse: Browse) -> None:
    cast.agent2.email = "canary-private@example.com"
    cast.agent2.location = "CANARY-SEAT"
    cast.agent2.save()
    ticket = bring_to(make_ticket(cast.requester), "in_progress", cast.agent2)
    client = browse(cast.agent2)
    upload = client.post("/files/", {"file": image("CANARY-note.png")}).json()
    reply(ticket, cast.agent2, "CANARY-INTERNAL-1", kind="internal", attachments=[upload["id"]])
    run(
        ticket,
        "classify",
        cast.agent2,
        category=Category.objects.get(code="business_finance"),
        impact="person",
        urgency="annoying",
        reason="CANARY-REASON",
    )
    run(ticket, "assign", cast.agent2, assignee=cast.agent2, reason="CANARY-ASSIGN")
    reply(ticket, cast.agent2, "A public word")
    requester = browse(cast.requester)
    pages = ["/", "/tickets/", "/tickets/?q=CANARY", *(f"/tickets/{ticket.number}/{page}" for page in ("", "updates/"))]
    seen = "".join(requester.get(page).content.decode() for page in pages)
    assert "A public word" in seen
    assert "CANARY-" not in seen.replace("?q=CANARY", "").replace('value="CANARY"', "")
    assert "canary-private" not in seen
    assert not re.search(r"\bP[1-4]\b", seen)  # as a word: a form's random token may well hold these letters
    assert requester.get(f"/files/{upload['id']}").status_code == 404
    assert client.get(f"/files/{upload['id']}").status_code == 200


def test_words_of_a_note_are_not_found_by_searching(cast: Cast, browse: Browse) -> None:
    ticket = make_ticket(cast.requester)
    reply(ticket, cast.agent, "wiretapping", kind="internal")
    page = browse(cast.requester).get("/tickets/?tab=open&q=wiretapping").content.decode()
    assert ticket.number not in page


@pytest.mark.parametrize("who", ["requester2", "colleague"])
def test_a_foreign_ticket_looks_like_one_that_never_was(cast: Cast, browse: Browse, who: str) -> None:
    ticket = bring_to(make_ticket(cast.requester, subject="CANARY-B-1"), "resolved", cast.agent2)
    client = browse(getattr(cast, who))
    for page in GETS:
        foreign, missing = client.get(f"/tickets/{ticket.number}/{page}"), client.get(f"/tickets/99999/{page}")
        assert (foreign.status_code, missing.status_code) == (404, 404), page
        assert body_without_reference(foreign) == body_without_reference(missing)
    for page in POSTS:
        data: dict[str, Any] = {"version": ticket.version, "body": "x", "reason": "x", "person": who}
        assert client.post(f"/tickets/{ticket.number}/{page}", data).status_code == 404, page
    assert Ticket.objects.get().version == ticket.version
    assert "CANARY" not in client.get("/tickets/?tab=open").content.decode()


def test_confidential_tickets_stay_with_their_people(cast: Cast, browse: Browse) -> None:
    ticket = make_ticket(cast.requester)
    Ticket.objects.filter(pk=ticket.pk).update(is_confidential=True, team=cast.applications)
    assert browse(cast.requester).get(f"/tickets/{ticket.number}/").status_code == 200
    assert browse(cast.admin).get(f"/tickets/{ticket.number}/").status_code == 404


def test_nobody_sees_anything_without_signing_in(cast: Cast, browse: Browse) -> None:
    ticket = make_ticket(cast.requester)
    client = browse(None)
    for page in ("/", "/tickets/", "/tickets/new/", f"/tickets/{ticket.number}/"):
        response = client.get(page)
        assert response.status_code == 302 and response["Location"].startswith("/accounts/login/?next=")
    fragment = client.get(
        f"/tickets/{ticket.number}/updates/",
        headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/tickets/1/"},
    )
    assert (fragment.status_code, fragment["HX-Redirect"]) == (401, "/accounts/login/?next=/tickets/1/")
    assert client.post("/files/", {"file": image()}, headers={"accept": "application/json"}).status_code == 401
    assert not Attachment.objects.exists()


def test_a_form_without_its_token_is_refused(cast: Cast, browse: Browse) -> None:
    client = browse(cast.requester, enforce_csrf_checks=True)
    assert client.post("/tickets/new/", {"subject": "x"}).status_code == 403
    assert not Ticket.objects.exists()


def test_signed_in_pages_are_kept_by_no_cache(cast: Cast, browse: Browse) -> None:
    assert "no-store" in browse(cast.requester).get("/tickets/")["Cache-Control"]
