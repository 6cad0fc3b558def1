"""One request through the requester's pages, from the start page to the closed ticket."""

from __future__ import annotations

from tests.cast import Cast
from tests.factories import classification, reply, resolution, run
from tests.portal.conftest import Browse
from tests.portal.reading import hidden, image, number_of, report, text_of
from tickets.models import Ticket


def test_a_request_from_the_start_page_to_the_closed_ticket(cast: Cast, browse: Browse) -> None:
    client = browse(cast.requester)
    assert 'action="/tickets/new/"' in client.get("/").content.decode()
    sent = report(client, at="/tickets/new/?subject=White+page", subject="White page", files=[image()])
    ticket = Ticket.objects.get(number=number_of(sent))
    address = f"/tickets/{ticket.number}/"
    assert ticket.number in text_of(client.get(sent["Location"]))

    run(ticket, "classify", cast.agent2, **classification())
    run(ticket, "accept", cast.agent2)
    assert "韩雪 is looking for the cause." in text_of(client.get(address))
    reply(ticket, cast.agent2, "Which browser is it?")
    page = client.get(address)
    assert "韩雪 · IT support" in text_of(page)
    answer = {"version": hidden(page, "version"), "body": "The company browser."}
    assert client.post(f"{address}reply/", answer).status_code == 303

    run(ticket, "resolve", cast.agent2, **resolution())
    assert "White page: is it fixed?" in text_of(client.get("/"))
    decision = {"version": hidden(client.get(address), "version"), "reason": "Only for an hour"}
    assert client.post(f"{address}do/reject/", decision).status_code == 303

    run(ticket, "resolve", cast.agent2, **resolution())
    decision = {"version": hidden(client.get(address), "version")}
    assert client.post(f"{address}do/confirm/", decision).status_code == 303
    ticket.refresh_from_db()
    assert (ticket.status, ticket.closure, ticket.reopen_count) == ("closed", "confirmed", 1)
    story = text_of(client.get(address))
    for line in (
        "You confirmed that it is fixed.",
        "Only for an hour",
        "韩雪 sent a solution.",
        "The company browser.",
    ):
        assert line in story
    assert "White page" in text_of(client.get("/tickets/?tab=closed"))
    assert "Waiting for you" not in text_of(client.get("/"))
