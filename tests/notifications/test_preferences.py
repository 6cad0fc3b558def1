"""What a person wants to be told: groups, quiet hours, the daily summary, and several things in one mail."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import close_old_connections, connection
from django.urls import reverse
from django.utils import timezone

from helpdesk.common.models import OutboxMessage
from notifications import article_topics, asset_topics, groups, secrecy_topics, topics
from notifications.models import MailTimes, Notification, NotificationPreference
from notifications.quiet import QuietTime, at_weekends, next_hour
from notifications.selectors import oldest_due
from notifications.services import operate
from notifications.services.preferences import save_wishes
from tests.factories import bring_to, make_ticket, reply
from tests.notifications.acts import deliver, mail_rows
from tests.notifications.sink import html_of, text_of
from tickets.models import DeskSettings, Ticket

pytestmark = pytest.mark.django_db
SHANGHAI = ZoneInfo("Asia/Shanghai")


def wish(person, *, quiet_from=None, quiet_until=None, days_off="", hour=8, **modes):
    """Store wishes; `modes` as `<group>_<channel>="digest"`."""
    split = {tuple(name.split("_", 1)): mode for name, mode in modes.items()}
    save_wishes(
        person=person,
        modes=split,
        quiet_from=quiet_from,
        quiet_until=quiet_until,
        days_off=days_off,
        digest_hour=hour,
    )


def told_ticket(cast, words=("第一", "第二")):
    """A ticket on which the agent wrote, with everything before delivered."""
    ticket = make_ticket(cast.requester)
    bring_to(ticket, "in_progress", cast.agent)
    deliver()
    for said in words:
        reply(ticket, cast.agent, said)
    return ticket


def mine(cast, **filters):
    return mail_rows(recipient=cast.requester, **filters)


# --- Groups ---------------------------------------------------------------------------------------------------------


def test_every_topic_belongs_to_one_group():
    grouped = [topic for group in groups.GROUPS for topic in group.topics]
    # An assignment to a team is the topic of one to a person, in other words.
    off_ticket = (
        frozenset(topics.OF_ABSENCES)
        | frozenset(secrecy_topics.OF_GLASS)
        | frozenset(asset_topics.OF_REGISTER)
        | frozenset(article_topics.OF_ARTICLES)
    )
    assert {*grouped, "assigned_to_team"} == topics.TOPICS | off_ticket
    assert len(grouped) == len(set(grouped))
    assert groups.GATHERED.isdisjoint(topic for group in groups.GROUPS if group.is_mandatory for topic in group.topics)


def test_what_is_not_wanted_is_not_sent_even_if_it_was_written_before(cast, mailoutbox):
    told_ticket(cast)
    mailoutbox.clear()
    wish(cast.requester, messages_email="off", messages_in_app="off")
    deliver()
    assert mailoutbox == []
    rows = OutboxMessage.objects.filter(recipient=cast.requester, topic="reply")
    assert {(row.state, row.last_error) for row in rows} == {("skipped", "not_wanted")}
    assert rows.count() == 4
    assert not Notification.objects.filter(topic="reply").exists()


def test_one_channel_can_be_off_alone(cast, mailoutbox):
    wish(cast.requester, messages_email="off")
    told_ticket(cast)
    deliver()
    assert Notification.objects.filter(recipient=cast.requester, topic="reply").count() == 2
    assert {row.state for row in mine(cast, topic="reply")} == {"skipped"}


def test_mandatory_topics_are_told_whatever_is_stored(cast, mailoutbox):
    wish(cast.requester)
    for channel in ("email", "in_app"):
        NotificationPreference.objects.create(person=cast.requester, group="answers", channel=channel, mode="off")
    make_ticket(cast.requester)
    deliver()
    assert len(mailoutbox) == 1
    assert Notification.objects.count() == 1


# --- Quiet hours ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quiet", "local", "end"),
    [
        (QuietTime(time(22), time(7)), "2026-11-24T23:30", "2026-11-25T07:00"),
        (QuietTime(time(22), time(7)), "2026-11-24T06:59", "2026-11-24T07:00"),
        (QuietTime(time(22), time(7)), "2026-11-24T07:00", None),
        (QuietTime(time(12), time(13, 30)), "2026-11-24T12:00", "2026-11-24T13:30"),
        (QuietTime(time(12), time(13, 30)), "2026-11-24T13:30", None),
        (QuietTime(is_day_off=at_weekends), "2026-11-28T10:00", "2026-11-30T00:00"),
        (QuietTime(time(22), time(7), at_weekends), "2026-11-27T23:00", "2026-11-30T07:00"),
        (QuietTime(time(22), time(7), at_weekends), "2026-11-29T12:00", "2026-11-30T07:00"),
        (QuietTime(), "2026-11-28T10:00", None),
    ],
)
def test_quiet_time_ends_when_all_of_it_is_over(quiet, local, end):
    at = datetime.fromisoformat(local).replace(tzinfo=SHANGHAI).astimezone(UTC)
    assert quiet.end(at, SHANGHAI) == (datetime.fromisoformat(end).replace(tzinfo=SHANGHAI) if end else None)


def test_quiet_time_holds_through_the_change_of_clocks():
    berlin = ZoneInfo("Europe/Berlin")
    at = datetime(2026, 10, 24, 23, tzinfo=berlin)
    assert QuietTime(time(22), time(7)).end(at, berlin) == datetime(2026, 10, 25, 7, tzinfo=berlin)
    assert next_hour(at, 8, berlin).astimezone(UTC) == datetime(2026, 10, 25, 7, tzinfo=UTC)


def test_mails_wait_until_the_quiet_time_is_over_and_that_is_no_attempt(cast, mailoutbox):
    told_ticket(cast, words=["夜里"])
    mailoutbox.clear()
    cast.requester.timezone = "Asia/Shanghai"
    cast.requester.save()
    wish(cast.requester, quiet_from=time(22), quiet_until=time(7))
    night = (timezone.now() + timedelta(days=1)).astimezone(SHANGHAI).replace(hour=23, minute=0)
    deliver(night)
    (row,) = mine(cast, topic="reply")
    morning = (night + timedelta(days=1)).replace(hour=7, minute=0, second=0, microsecond=0)
    assert (row.state, row.attempts, row.next_attempt_at) == ("pending", 0, morning)
    assert mailoutbox == []
    assert Notification.objects.filter(topic="reply").count() == 1, "the centre disturbs nobody"
    assert oldest_due(at=night + timedelta(hours=5)) is None, "nothing is stuck"
    deliver(morning)
    assert len(mailoutbox) == 1


def test_receipts_and_urgent_mails_come_in_quiet_hours(cast, mailoutbox):
    for person in (cast.requester, cast.agent):
        wish(person, quiet_from=time(0), quiet_until=time(23, 59))
    at = timezone.now().astimezone(SHANGHAI).replace(hour=12) + timedelta(days=1)
    make_ticket(cast.requester)
    deliver(at)
    assert [mail.to for mail in mailoutbox] == [["requester@example.com"]]
    assert {"escalation_offered", "target_missed", "incident_declared"} <= groups.BREAKS_QUIET


# --- The daily summary ----------------------------------------------------------------------------------------------


def test_the_summary_tells_once_a_day_what_may_still_be_seen(cast, sink):
    wish(cast.requester, messages_email="digest", progress_email="digest")
    shown = told_ticket(cast)
    gone = make_ticket(cast.requester)
    bring_to(gone, "in_progress", cast.agent)
    deliver()
    sink.mails.clear()
    rows = mine(cast, topic="reply")
    assert {row.state for row in rows} == {"carried"}
    (digest,) = mine(cast, topic="digest")
    assert {row.carrier_id for row in rows} == {digest.pk}
    Ticket.objects.filter(pk=gone.pk).update(requester=cast.requester2, reported_by=cast.requester2)
    deliver(digest.next_attempt_at - timedelta(minutes=1))
    assert sink.mails == []
    deliver(digest.next_attempt_at)
    (mail,) = [mail for mail in sink.mails if mail["To"] == "requester@example.com"]
    for part in (text_of(mail), html_of(mail)):
        assert part.count(f"/tickets/{shown.number}/") == 3
        assert gone.number not in part
        assert "/notifications/settings/" in part
    reply(shown, cast.agent, "第三")
    deliver(digest.next_attempt_at + timedelta(minutes=1))
    assert len(mine(cast, topic="digest", state="pending")) == 1, "the next day has its own"


def test_a_summary_of_nothing_is_not_sent(cast, mailoutbox):
    wish(cast.requester, messages_email="digest")
    told_ticket(cast)
    deliver()
    mailoutbox.clear()
    wish(cast.requester, messages_email="off")
    (digest,) = mine(cast, topic="digest")
    deliver(digest.next_attempt_at)
    digest.refresh_from_db()
    assert (digest.state, digest.last_error, len(mailoutbox)) == ("skipped", "nothing_left", 0)


@pytest.mark.django_db(transaction=True)
def test_two_workers_make_and_send_one_summary(cast, mailoutbox):
    wish(cast.requester, messages_email="digest")
    told_ticket(cast, words=[f"第 {n} 句" for n in range(8)])
    mailoutbox.clear()
    in_parallel(lambda: deliver())
    (digest,) = mine(cast, topic="digest")
    assert digest.carried.count() == 8
    in_parallel(lambda: deliver(digest.next_attempt_at))
    assert [mail.extra_headers["X-Event-Id"] for mail in mailoutbox] == [str(digest.uuid)]
    assert {row.state for row in mine(cast, topic="reply")} == {"carried"}


def in_parallel(work):
    start = threading.Barrier(3)
    failures = []

    def one():
        try:
            start.wait(timeout=10)
            work()
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    close_old_connections()
    assert failures == []


# --- Several things in one mail ---------------------------------------------------------------------------------------


@pytest.fixture
def gathering(cast):
    DeskSettings.objects.update_or_create(pk=1, defaults={"gather_minutes": 2})


def test_what_happens_within_the_time_becomes_one_mail(cast, sink, gathering):
    ticket = told_ticket(cast, words=["第一句", "第二句", "第三句"])
    sink.mails.clear()
    deliver(after=timedelta(minutes=1))
    assert sink.mails == []
    deliver(after=timedelta(minutes=3))
    (mail,) = sink.mails
    rows = mine(cast, topic="reply")
    assert [row.state for row in rows] == ["sent", "carried", "carried"]
    assert mail["X-Event-Id"] == str(rows[0].uuid)
    subject = str(mail["Subject"])
    assert subject.strip().startswith(f"[{ticket.number}] ") and " 3 " in subject.replace(ticket.number, "")
    for part in (text_of(mail), html_of(mail)):
        assert part.index("第三句") < part.index("第二句") < part.index("第一句")


def test_mandatory_mails_never_wait_for_others(cast, mailoutbox, gathering):
    make_ticket(cast.requester)
    deliver()
    assert len(mailoutbox) == 1


def test_a_repeat_of_several_has_the_same_id_and_the_same_content(cast, sink, gathering):
    ticket = told_ticket(cast)
    sink.mails.clear()
    sink.mode = "drop"
    at = timezone.now() + timedelta(minutes=3)
    deliver(at)
    sink.mode = "ok"
    reply(ticket, cast.agent, "太晚了")
    lead = mine(cast, topic="reply")[0]
    assert (lead.state, lead.doubts) == ("uncertain", 1)
    deliver(lead.next_attempt_at)
    first, second = [mail for mail in sink.mails if mail["X-Event-Id"] == str(lead.uuid)]
    assert first["Message-ID"] == second["Message-ID"]
    assert text_of(first) == text_of(second)
    assert "太晚了" not in text_of(second)


def test_several_that_failed_are_sent_again_together(cast, sink, gathering):
    told_ticket(cast)
    sink.mails.clear()
    sink.mode = "550 no"
    at = timezone.now() + timedelta(minutes=3)
    deliver(at)
    lead = mine(cast, topic="reply")[0]
    assert lead.state == "dead"
    sink.mode = "ok"
    operate.replay(at=at)
    deliver(at)
    (mail,) = sink.mails
    assert "第一" in text_of(mail) and "第二" in text_of(mail)


# --- The page -------------------------------------------------------------------------------------------------------


def chosen(page):
    """What the form of the page would send back."""
    form = page.context["form"]
    return {name: ("" if (value := form[name].value()) in (None, False) else value) for name in form.fields}


def test_wishes_are_chosen_on_one_page(cast, client):
    client.force_login(cast.requester)
    url = reverse("notifications:settings")
    sent = chosen(client.get(url)) | {"messages_email": "digest", "quiet_from": "22:00", "quiet_until": "07:00"}
    assert client.post(url, sent).status_code == 303
    assert NotificationPreference.objects.get(group="messages", channel="email").mode == "digest"
    assert MailTimes.objects.get().quiet_until == time(7)
    page = client.get(url)
    assert page.context["form"]["messages_email"].value() == "digest"
    assert 'value="22:00"' in page.content.decode()


def test_what_is_refused_stays_in_the_form(cast, client):
    client.force_login(cast.requester)
    url = reverse("notifications:settings")
    page = client.post(url, chosen(client.get(url)) | {"quiet_from": "22:00"})
    assert page.status_code == 422
    assert page.context["form"].errors.keys() == {"quiet_until"}
    assert 'value="22:00"' in page.content.decode()
    page = client.post(url, chosen(client.get(url)) | {"messages_email": "never"})
    assert page.status_code == 422
    assert not MailTimes.objects.exists()


def test_requesters_are_not_asked_about_the_desks_topics(cast, client):
    for person, expected in ((cast.requester, 5), (cast.agent, len(groups.GROUPS))):
        client.force_login(person)
        form = client.get(reverse("notifications:settings")).context["form"]
        assert len(list(form.rows())) == expected
        assert "urgent_email" not in form.fields and "answers_email" not in form.fields
    assert client.get(reverse("profile")).content.count(b"/notifications/settings/") == 1
    client.logout()
    assert client.get(reverse("notifications:settings")).status_code == 302
