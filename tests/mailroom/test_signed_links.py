"""Answering the proposed solution by the link in the mail (M3.5-1)."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from tests.factories import bring_to, make_ticket, resolution, run
from tests.notifications.acts import deliver
from tests.notifications.sink import text_of
from tickets.models import Ticket
from tickets.services.signed_links import Link, link_to, sign

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket(cast) -> Ticket:
    ticket = make_ticket(cast.requester)
    bring_to(ticket, "resolved", cast.agent)
    ticket.refresh_from_db()
    return ticket


def link(ticket: Ticket, person=None) -> str:
    asked = link_to(ticket)
    return reverse("portal:answer", args=[sign(Link(asked.kind, asked.pk, person or asked.person, asked.stamp))])


def test_the_mail_leads_to_the_question(client, cast, sink, ticket, settings):
    deliver()
    mail = [mail for mail in sink.mails if mail["To"] == cast.requester.email][-1]
    url = re.search(r"https?://\S+/tickets/answer/\S+", text_of(mail))[0]
    shown = client.get(url.removeprefix(settings.SITE_URL))
    assert shown.status_code == 200 and ticket.solution in shown.content.decode()


def test_looking_changes_nothing(client, ticket):
    for _ in range(3):
        client.get(link(ticket))
        client.head(link(ticket))
    ticket.refresh_from_db()
    assert ticket.status == "resolved"


def test_yes_closes_the_ticket(client, cast, ticket):
    answered = client.post(link(ticket), {"answer": "yes", "version": ticket.version})
    assert answered.status_code == 200
    ticket.refresh_from_db()
    assert (ticket.status, ticket.closure) == ("closed", "confirmed")
    assert ticket.events.last().actor == cast.requester


def test_no_needs_a_word_and_keeps_what_was_typed(client, ticket):
    assert client.post(link(ticket), {"answer": "no", "version": ticket.version}).status_code == 422
    client.post(link(ticket), {"answer": "no", "version": ticket.version, "words": "还是白屏"})
    ticket.refresh_from_db()
    assert ticket.status == "in_progress"


def test_used_foreign_changed_and_outdated_links_look_alike(client, cast, ticket):
    used = link(ticket)
    client.post(used, {"answer": "no", "version": ticket.version, "words": "还是白屏"})
    run(ticket, "resolve", cast.agent, **resolution())
    ticket.refresh_from_db()
    foreign = link(ticket, cast.colleague)
    changed = link(ticket)[:-3] + "xx/"
    pages = [client.get(url) for url in (used, foreign, changed, "/tickets/answer/nonsense/")]
    assert {page.status_code for page in pages} == {404}
    said = {re.search(r'<main id="main".*?</main>', page.content.decode(), re.DOTALL)[0] for page in pages}
    assert len(said) == 1


def test_somebody_who_left_answers_nothing(client, cast, ticket):
    url = link(ticket)
    cast.requester.is_active = False
    cast.requester.save()
    assert client.get(url).status_code == 404


def test_two_answers_at_once_are_one_decision(client, ticket):
    url, version = link(ticket), ticket.version
    client.post(url, {"answer": "yes", "version": version})
    second = client.post(url, {"answer": "no", "version": version, "reason": "CANARY"})
    assert second.status_code == 404
    ticket.refresh_from_db()
    assert ticket.status == "closed"
