"""What people are told of the register: by mail and in the notification centre, once, and only what they may see."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core import mail

from assets.models import Licence
from assets.services.licences import add_licence
from assets.services.reminders import run_due
from helpdesk.common.models import OutboxMessage
from notifications import draining
from notifications.models import Notification
from tests.assets.acts import act, answer, at, make_asset
from tests.cast import Cast


def drained(hours: float) -> None:
    draining.drain(clock=lambda: at(hours))


def mails_to(name: str) -> list[str]:
    return [message.subject for message in mail.outbox if f"{name}@example.com" in message.to]


def test_who_gets_something_is_asked_by_mail_with_a_link(cast: Cast) -> None:
    asset = act(make_asset(cast.agent, tag="PC-1"), "hand_out", cast.agent, person=cast.requester)
    drained(1)
    assert len(mails_to("requester")) == 1
    body = str(mail.outbox[-1].body)
    assert f"/assets/custody/{asset.custody.get().pk}/" in body
    assert "PC-1" in mail.outbox[-1].subject
    assert Notification.objects.filter(recipient=cast.requester, topic="receipt_asked").count() == 1


def test_who_has_answered_is_not_asked_any_more(cast: Cast) -> None:
    asset = act(make_asset(cast.agent), "hand_out", cast.agent, person=cast.requester)
    answer(asset, cast.requester)
    drained(3)
    assert mails_to("requester") == []


def test_a_contradiction_reaches_who_handed_it_out(cast: Cast) -> None:
    asset = act(make_asset(cast.agent, tag="PC-1"), "hand_out", cast.agent, person=cast.requester)
    answer(asset, cast.requester, is_yes=False, words="没有收到")
    drained(3)
    assert len(mails_to("agent")) == 1


@pytest.mark.parametrize("days", [0, 1])
def test_a_loan_is_overdue_from_the_day_after(cast: Cast, days: int) -> None:
    until = at().date()
    asset = make_asset(cast.agent)
    act(asset, "lend", cast.agent, person=cast.requester, lent_until_on=until)
    later = at(2) + timedelta(days=days)
    assert run_due(at=later)["lent_overdue"] == days
    assert run_due(at=later)["lent_overdue"] == 0
    told = OutboxMessage.objects.filter(topic="lent_overdue", channel="email").values_list(
        "recipient__username", flat=True
    )
    assert sorted(told) == ["agent", "requester"][: 2 * days]


def test_a_licence_that_ends_soon_is_told_of_once_for_each_last_day(cast: Cast) -> None:
    fields = {"name": "Office", "expires_on": date(2026, 12, 31), "remind_days": 30}
    licence = add_licence(fields=fields, actor=cast.admin, at=at())
    assert run_due(at=at())["licence_expires"] == 0
    december = at() + timedelta(days=10)
    assert run_due(at=december)["licence_expires"] == 1
    assert run_due(at=december)["licence_expires"] == 0
    told = OutboxMessage.objects.filter(topic="licence_expires", channel="email")
    assert sorted(told.values_list("recipient__username", flat=True)) == ["admin", "lead"]
    Licence.objects.filter(pk=licence.pk).update(expires_on=date(2027, 1, 1))
    assert run_due(at=december)["licence_expires"] == 1
    draining.drain(clock=lambda: december)
    assert any("Office" in subject for subject in mails_to("lead"))
