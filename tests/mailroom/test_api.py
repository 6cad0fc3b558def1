"""Mails that wait for people, over the API: the same rules as on the desk's pages."""

from __future__ import annotations

import pytest

from tests.factories import make_ticket
from tests.mailroom.letters import letter, take
from tests.mailroom.test_desk import held
from tickets.models import Message, Ticket

__all__ = ["held"]
pytestmark = pytest.mark.django_db


def results(response):
    return [row["id"] for row in response.json()["results"]]


def test_who_sees_which_mails(api, cast, held):
    strange = take(letter(cast.leaver))
    assert results(api(cast.lead).get("mails/")) == [str(strange.uuid), str(held.uuid)]
    assert results(api(cast.agent).get("mails/?outcome=held")) == [str(held.uuid)]
    assert api(cast.agent).get(f"mails/{strange.uuid}/").status_code == 404
    assert api(cast.requester).get("mails/").status_code == 403


def test_a_mail_with_its_text(api, cast, held):
    found = api(cast.agent).get(f"mails/{held.uuid}/").json()
    assert (found["outcome"], found["reason"], found["ticket"]) == ("held", "not_on_ticket", held.ticket.number)
    assert found["text"] == "我用私人邮箱写：还是白屏。"


def test_an_outcome_that_does_not_exist_is_named(api, cast):
    assert "outcome" in api(cast.lead).get("mails/?outcome=nonsense").json()["fields"]


def test_the_three_decisions(api, cast, held):
    lead = api(cast.lead)
    other = make_ticket(cast.requester2)
    assert lead.post(f"mails/{held.uuid}/add/", {"ticket": "99999"}).status_code == 400
    added = lead.post(f"mails/{held.uuid}/add/", {"ticket": other.number})
    assert (added.status_code, added.json()["ticket"]) == (200, other.number)
    assert Message.objects.get().ticket == other
    assert lead.post(f"mails/{held.uuid}/discard/", {}).status_code == 409

    accepted = lead.post(f"mails/{take(letter(cast.agent)).uuid}/accept/", {}).json()
    assert accepted["outcome"] == "created"
    assert Ticket.objects.get(number=accepted["ticket"]).requester == cast.agent

    discarded = lead.post(f"mails/{take(letter(cast.agent, text='2')).uuid}/discard/", {}).json()
    assert (discarded["outcome"], discarded["decided_by"]["username"]) == ("ignored", "lead")
