"""What substitutes are told of absences: once, in mail and notification centre, and never what they entered themselves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from escalation.models import Absence
from escalation.services.absences import end_absence, save_absence
from helpdesk.accounts.models import TeamMembership, User
from helpdesk.common.errors import InvalidInput
from helpdesk.common.models import OutboxMessage
from notifications.models import Notification
from tests.cast import Cast
from tests.escalation.conftest import MONDAY
from tests.factories import make_ticket
from tests.notifications.acts import deliver

pytestmark = pytest.mark.django_db

Away = Callable[..., Absence]
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def told() -> list[tuple[str, str]]:
    """Topics and names of what is in the outbox, each once for both channels."""
    rows = OutboxMessage.objects.order_by("pk").values_list("topic", "recipient__username", "channel")
    mails = [(topic, name) for topic, name, channel in rows if channel == "email"]
    assert sorted(mails) == sorted((topic, name) for topic, name, channel in rows if channel == "in_app")
    return mails


def change(absence: Absence, *, actor: User, at: Any = MONDAY, **values: Any) -> None:
    row = Absence.objects.get(pk=absence.pk)
    for name, value in values.items():
        setattr(row, name, value)
    save_absence(absence=row, actor=actor, at=at)


def centre_of(person: User, language: str = "en") -> str:
    client = Client(HTTP_ACCEPT_LANGUAGE=language)
    client.force_login(person)
    return client.get("/notifications/").content.decode()


# --- Who is told when --------------------------------------------------------------------------------------------


def test_the_substitute_is_told_once_when_an_absence_is_entered(cast: Cast, away: Away) -> None:
    away(cast.agent, cast.agent2, MONDAY + DAY, MONDAY + 2 * DAY, actor=cast.agent)
    assert told() == [("stand_in", "agent2")]


def test_what_the_substitute_entered_is_no_news_to_them(cast: Cast, away: Away) -> None:
    absence = away(cast.agent, cast.lead, MONDAY + DAY, MONDAY + 2 * DAY, actor=cast.lead)
    change(absence, actor=cast.lead, ends_at=MONDAY + 3 * DAY)
    end_absence(absence_id=absence.pk, actor=cast.lead, at=MONDAY)
    assert told() == []


def test_other_times_are_told_and_a_note_is_not(cast: Cast, away: Away) -> None:
    absence = away(cast.agent, cast.agent2, MONDAY + DAY, MONDAY + 2 * DAY)
    change(absence, actor=cast.admin, note="on leave")
    assert told() == [("stand_in", "agent2")]
    change(absence, actor=cast.admin, at=MONDAY + HOUR, ends_at=MONDAY + 3 * DAY)
    change(absence, actor=cast.admin, at=MONDAY + 2 * HOUR, ends_at=MONDAY + 2 * DAY)
    assert told()[1:] == [("stand_in_changed", "agent2")] * 2


def test_another_substitute_means_news_for_both(cast: Cast, away: Away) -> None:
    absence = away(cast.agent, cast.agent2, MONDAY + DAY, MONDAY + 2 * DAY)
    change(absence, actor=cast.admin, substitute=cast.lead)
    assert told()[1:] == [("stand_in_ended", "agent2"), ("stand_in", "lead")]


def test_the_same_substitute_of_another_person_hears_of_both(cast: Cast, away: Away) -> None:
    absence = away(cast.agent, cast.agent2, MONDAY + DAY, MONDAY + 2 * DAY)
    change(absence, actor=cast.admin, at=MONDAY + HOUR, person=cast.lead)
    assert told()[1:] == [("stand_in_ended", "agent2"), ("stand_in", "agent2")]


def test_an_absence_that_was_over_and_goes_on_is_a_new_one_to_its_substitute(cast: Cast, away: Away) -> None:
    absence = away(cast.agent, cast.agent2, MONDAY, MONDAY + HOUR)
    change(absence, actor=cast.admin, at=MONDAY + DAY, substitute=cast.lead, ends_at=MONDAY + 2 * DAY)
    assert told() == [("stand_in", "agent2"), ("stand_in", "lead")]


@pytest.mark.parametrize("starts_at", [MONDAY - DAY, MONDAY + DAY])
def test_the_end_is_told_whether_it_had_begun_or_not(cast: Cast, away: Away, starts_at: Any) -> None:
    absence = away(cast.agent, cast.agent2, starts_at, MONDAY + 2 * DAY)
    end_absence(absence_id=absence.pk, actor=cast.agent, at=MONDAY + HOUR)
    assert told() == [("stand_in", "agent2"), ("stand_in_ended", "agent2")]


def test_the_end_of_one_that_is_over_is_no_news(cast: Cast, away: Away) -> None:
    absence = away(cast.agent, cast.agent2, MONDAY - DAY, MONDAY + DAY)
    for at in (MONDAY + HOUR, MONDAY + 2 * HOUR, MONDAY + 5 * DAY):
        end_absence(absence_id=absence.pk, actor=cast.agent, at=at)
    absence.refresh_from_db()
    assert absence.ends_at == MONDAY + HOUR
    assert told() == [("stand_in", "agent2"), ("stand_in_ended", "agent2")]


def test_what_is_refused_is_not_told(cast: Cast, away: Away) -> None:
    with pytest.raises(InvalidInput):
        away(cast.agent, cast.agent2, MONDAY, MONDAY)
    assert told() == []


# --- What they read ----------------------------------------------------------------------------------------------


@time_machine.travel(MONDAY, tick=False)
def test_the_mail_says_who_when_and_what_for(cast: Cast, away: Away, mailoutbox: Any, settings: Any) -> None:
    settings.SITE_URL = "https://help.example.org"
    cast.agent2.language = "en"
    cast.agent2.save()
    away(cast.agent, cast.agent2, MONDAY + DAY, MONDAY + 4 * DAY, actor=cast.agent)
    Absence.objects.update(note="private matter")
    deliver()
    (mail,) = mailoutbox
    assert mail.to == ["agent2@example.com"]
    assert mail.subject == "You stand in for 李强"
    html = str(mail.alternatives[0][0])
    for part in (mail.body, html):
        assert "You stand in for 李强 from" in part
        for said in ("10:00", "8 Sep 2026", "11 Sep 2026", "come to you"):
            assert said in part
        assert "https://help.example.org/desk/absence/" in part
        assert "page of the ticket" not in part
        assert "private matter" not in part


@time_machine.travel(MONDAY, tick=False)
def test_every_topic_is_written_in_both_languages(cast: Cast, away: Away, mailoutbox: Any) -> None:
    cast.lead.language = "en"
    cast.lead.save()
    for substitute in (cast.agent2, cast.lead):
        absence = away(cast.agent, substitute, MONDAY + DAY, MONDAY + 4 * DAY)
        change(absence, actor=cast.admin, ends_at=MONDAY + 5 * DAY)
        end_absence(absence_id=absence.pk, actor=cast.admin, at=MONDAY)
    deliver()
    assert set(OutboxMessage.objects.values_list("state", flat=True)) == {"sent"}
    chinese = [mail.subject for mail in mailoutbox if mail.to == ["agent2@example.com"]]
    english = [mail.subject for mail in mailoutbox if mail.to == ["lead@example.com"]]
    assert english == ["You stand in for 李强", "Changed: you stand in for 李强", "You no longer stand in for 李强"]
    assert len(set(chinese) - set(english)) == 3
    for mail in mailoutbox:
        assert "%(" not in mail.body
        assert "/desk/absence/" in mail.body


@time_machine.travel(MONDAY, tick=False)
def test_the_centre_leads_to_the_absences(cast: Cast, away: Away) -> None:
    absence = away(cast.agent, cast.agent2, MONDAY + DAY, MONDAY + 4 * DAY)
    end_absence(absence_id=absence.pk, actor=cast.agent, at=MONDAY)
    deliver()
    page = centre_of(cast.agent2)
    assert "You stand in for 李强 from tomorrow 10:00 until" in page
    assert "You no longer stand in for 李强" in page, "although the absence itself is gone"
    assert page.count('href="/desk/absence/" dir="auto"') == 2
    client = Client()
    client.force_login(cast.agent2)
    line = Notification.objects.filter(recipient=cast.agent2).earliest("pk")
    answer = client.post(reverse("notifications:read", args=[line.pk]), headers={"HX-Request": "true"})
    assert "李强" in answer.content.decode()


def test_a_ticket_of_the_same_number_is_another_thing(cast: Cast, away: Away) -> None:
    away(cast.agent, cast.agent2, MONDAY + DAY, MONDAY + 4 * DAY)
    ticket = make_ticket(cast.requester)
    deliver()
    Notification.objects.filter(topic="stand_in").update(subject_id=ticket.pk)
    page = centre_of(cast.agent2)
    assert "You stand in for" in page
    assert ticket.number not in page


def test_who_no_longer_works_on_tickets_is_told_nothing(cast: Cast, away: Away, mailoutbox: Any) -> None:
    away(cast.agent, cast.agent2, MONDAY + DAY, MONDAY + 4 * DAY)
    deliver(MONDAY)
    assert len(mailoutbox) == 1
    away(cast.agent, cast.agent2, MONDAY + 4 * DAY, MONDAY + 5 * DAY)
    TeamMembership.objects.filter(user=cast.agent2).delete()
    User.objects.filter(pk=cast.agent2.pk).update(is_agent=False)
    deliver(MONDAY)
    assert len(mailoutbox) == 1
    assert set(OutboxMessage.objects.filter(state="skipped").values_list("last_error", flat=True)) == {"not_visible"}
    page = centre_of(User.objects.get(pk=cast.agent2.pk))
    assert "李强" not in page
    assert "/desk/absence/" not in page


def test_an_unknown_topic_about_absences_ends_dead(cast: Cast, away: Away) -> None:
    away(cast.agent, cast.agent2, MONDAY + DAY, MONDAY + 4 * DAY)
    OutboxMessage.objects.update(topic="from_the_future")
    deliver(MONDAY)
    assert set(OutboxMessage.objects.values_list("state", "last_error")) == {
        ("dead", "unknown topic absence/from_the_future")
    }


def test_nothing_finished_is_stored(cast: Cast, away: Away) -> None:
    away(cast.agent, cast.agent2, MONDAY + DAY, MONDAY + 4 * DAY)
    facts = {
        "person": cast.agent.pk,
        "starts_at": (MONDAY + DAY).isoformat(),
        "ends_at": (MONDAY + 4 * DAY).isoformat(),
    }
    assert [row.payload for row in OutboxMessage.objects.all()] == [facts, facts]
