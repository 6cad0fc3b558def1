"""The outbox: once per recipient, never before commit, and to its end whatever the mail server does."""

from __future__ import annotations

import socket
import threading
from datetime import timedelta

import pytest
from django.db import close_old_connections, connection, transaction
from django.utils import timezone

from helpdesk.common.models import OutboxMessage
from notifications.models import Notification
from notifications.services import operate
from notifications.services.settling import BACK_OFF, LEASE, MAX_ATTEMPTS, recover_expired
from tests.factories import UserFactory, bring_to, make_ticket, reply, run
from tests.notifications.acts import deliver, mail_rows, only_mail
from tickets.services.edit import add_watcher

LONG = timedelta(days=2)


def test_everybody_concerned_is_told_once_on_each_channel(cast, mailoutbox):
    ticket = make_ticket(cast.colleague, actor=cast.requester)
    add_watcher(ticket_id=ticket.pk, actor=cast.requester, person=cast.requester, at=timezone.now())
    run(ticket, "accept", cast.agent)
    deliver()
    deliver()
    accepted = [mail for mail in mailoutbox if ticket.number in mail.subject]
    assert sorted(mail.to[0] for mail in accepted) == sorted(["colleague@example.com", "requester@example.com"] * 2)
    assert Notification.objects.filter(topic="accepted").count() == 2
    assert len({mail.extra_headers["Message-ID"] for mail in mailoutbox}) == len(mailoutbox)


def test_nobody_is_told_of_their_own_act_except_by_the_receipt(cast):
    ticket = make_ticket(cast.requester)
    assert [(row.topic, row.recipient) for row in mail_rows()] == [("received", cast.requester)]
    bring_to(ticket, "in_progress", cast.agent)
    reply(ticket, cast.requester, "还没好")
    reply(ticket, cast.agent, "正在看")
    own = OutboxMessage.objects.filter(recipient=cast.agent, topic="reply")
    assert own.count() == 2, "one message of the requester on two channels, none of the agent's own"


def test_an_act_that_is_rolled_back_leaves_no_notice(cast):
    class Interrupted(Exception):
        pass

    with pytest.raises(Interrupted), transaction.atomic():
        make_ticket(cast.requester)
        raise Interrupted
    assert not OutboxMessage.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_dispatchers_at_once_send_each_mail_once(cast, mailoutbox):
    for _ in range(12):
        make_ticket(cast.requester)
    start = threading.Barrier(4)
    failures = []

    def work():
        try:
            start.wait(timeout=10)
            deliver()
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    close_old_connections()
    deliver()
    assert failures == []
    assert {row.state for row in OutboxMessage.objects.all()} == {"sent"}
    assert len(mailoutbox) == len({mail.extra_headers["X-Event-Id"] for mail in mailoutbox}) == 12
    assert Notification.objects.count() == 12
    assert set(OutboxMessage.objects.values_list("attempts", flat=True)) == {1}


@pytest.mark.django_db(transaction=True)
def test_a_slow_mail_server_keeps_nobody_from_working(cast, sink):
    make_ticket(cast.requester)
    sink.mode = "hold"

    def work():
        try:
            deliver()
        finally:
            connection.close()

    sender = threading.Thread(target=work)
    sender.start()
    try:
        assert sink.has_arrived.wait(20)
        assert only_mail().state == "leased"
        other = make_ticket(cast.requester2)
        assert other.pk
    finally:
        sink.let_go()
        sender.join(timeout=60)
    assert {row.state for row in mail_rows(recipient=cast.requester)} == {"sent"}


def test_a_mail_server_that_is_away_is_tried_again_until_the_message_is_dead(cast, settings):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = nobody.getsockname()
        make_ticket(cast.requester)
        at = timezone.now()
        for attempt, pause in enumerate(BACK_OFF, 1):
            deliver(at)
            row = only_mail()
            assert (row.state, row.attempts, row.next_attempt_at) == ("pending", attempt, at + pause)
            assert deliver(at + pause / 2).counts == {}
            at += pause
        deliver(at)
    row = only_mail()
    assert (row.state, row.attempts, row.next_attempt_at) == ("dead", MAX_ATTEMPTS, None)
    assert "Refused" in row.last_error
    assert deliver(at + LONG).counts == {}


def test_a_mail_server_that_is_away_for_an_hour_gets_everything_once_when_it_is_back(cast, sink, settings):
    """Asked every 15 seconds, as beat does; people go on working meanwhile."""
    start, port = timezone.now(), settings.EMAIL_PORT
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        settings.EMAIL_PORT = nobody.getsockname()[1]
        for number in range(240):
            if number % 60 == 0:
                make_ticket(cast.requester)
            deliver(start + number * timedelta(seconds=15))
    assert {row.state for row in mail_rows()} == {"pending"}
    settings.EMAIL_PORT = port
    for minutes in (60, 75, 140):
        deliver(start + timedelta(minutes=minutes))
    assert {row.state for row in mail_rows()} == {"sent"}
    assert len(sink.mails) == 4
    assert set(sink.count_by_event().values()) == {1}


def test_a_dead_message_can_be_sent_again(cast, sink):
    sink.mode, sink.refused_at = "550 no such user", "rcpt"
    make_ticket(cast.requester)
    deliver()
    row = only_mail()
    assert (row.state, row.last_error) == ("dead", "550 no such user")
    sink.mode = "ok"
    assert operate.replay(at=timezone.now()) == 1
    deliver()
    assert only_mail().state == "sent"
    assert sink.count_by_event() == {str(row.uuid): 1}


def test_a_passing_refusal_is_tried_again(cast, sink):
    sink.mode = "451 greylisted, come back later"
    make_ticket(cast.requester)
    deliver()
    assert only_mail().state == "pending"
    sink.mode = "ok"
    deliver(after=BACK_OFF[0])
    assert only_mail().state == "sent"
    assert len(sink.mails) == 1


def test_a_mail_taken_without_an_answer_is_repeated_once_with_the_same_id_and_then_flagged(cast, sink):
    """K21 of the fault cases."""
    sink.mode = "drop"
    make_ticket(cast.requester)
    deliver()
    row = only_mail()
    assert (row.state, row.doubts) == ("uncertain", 1)
    assert row.next_attempt_at is not None
    deliver(after=LONG)
    row = only_mail()
    assert (row.state, row.doubts, row.next_attempt_at) == ("uncertain", 2, None)
    for _ in range(3):
        deliver(after=2 * LONG)
    assert len(sink.mails) == 2
    assert len({mail["Message-ID"] for mail in sink.mails}) == 1
    assert sink.count_by_event() == {str(row.uuid): 2}


def test_an_uncertain_mail_whose_repeat_is_taken_counts_as_sent(cast, sink):
    sink.mode = "drop"
    make_ticket(cast.requester)
    deliver()
    sink.mode = "ok"
    deliver(after=LONG)
    assert only_mail().state == "sent"


def test_one_bad_message_does_not_hold_up_the_others(cast, mailoutbox):
    bad = make_ticket(cast.requester)
    OutboxMessage.objects.filter(subject_id=bad.pk).update(payload={"event": 0})
    good = make_ticket(cast.requester2)
    deliver()
    assert [mail.to for mail in mailoutbox] == [["requester2@example.com"]]
    assert {row.state for row in mail_rows(subject_id=bad.pk)} == {"dead"}
    assert Notification.objects.get().subject_id == good.pk


def test_a_message_of_an_unknown_topic_ends_dead_and_visible(cast):
    make_ticket(cast.requester)
    OutboxMessage.objects.update(topic="from_the_future")
    deliver()
    assert set(OutboxMessage.objects.values_list("state", "last_error")) == {
        ("dead", "unknown topic ticket/from_the_future")
    }


def test_a_worker_that_died_gives_its_lines_back_and_its_mail_counts_as_doubtful(cast, mailoutbox):
    make_ticket(cast.requester)
    at = timezone.now()
    OutboxMessage.objects.update(state="leased", attempts=1, lease_expires_at=at + LEASE, next_attempt_at=None)
    assert recover_expired(at=at) == 0
    assert recover_expired(at=at + LEASE) == 2
    assert set(OutboxMessage.objects.values_list("channel", "state", "doubts")) == {
        ("in_app", "pending", 0),
        ("email", "uncertain", 1),
    }
    deliver(at + LEASE)
    assert set(OutboxMessage.objects.values_list("state", flat=True)) == {"sent"}
    assert len(mailoutbox) == 1


def test_a_message_that_kills_its_worker_each_time_ends(cast):
    make_ticket(cast.requester)
    at = timezone.now()
    for attempt in range(1, MAX_ATTEMPTS + 1):
        waiting = OutboxMessage.objects.filter(state__in=("pending", "uncertain"), next_attempt_at__isnull=False)
        waiting.update(state="leased", attempts=attempt, lease_expires_at=at, next_attempt_at=None)
        recover_expired(at=at)
    assert set(OutboxMessage.objects.values_list("channel", "state", "next_attempt_at")) == {
        ("in_app", "dead", None),
        ("email", "uncertain", None),
    }


def test_a_line_delivered_twice_is_there_once(cast):
    make_ticket(cast.requester)
    deliver()
    OutboxMessage.objects.filter(channel="in_app").update(state="pending", next_attempt_at=timezone.now())
    deliver()
    assert Notification.objects.count() == 1
    assert OutboxMessage.objects.get(channel="in_app").state == "sent"


def test_nothing_leaves_a_paused_outbox(cast, mailoutbox):
    make_ticket(cast.requester)
    assert operate.pause(at=timezone.now()) is True
    assert operate.pause(at=timezone.now()) is False
    assert deliver(after=LONG).counts == {}
    assert (mailoutbox, Notification.objects.count()) == ([], 0)
    assert operate.resume() is True
    deliver()
    assert len(mailoutbox) == Notification.objects.count() == 1


def test_a_run_ends_when_its_time_is_over_and_says_that_there_is_more(cast, mailoutbox):
    from notifications.services.dispatch import dispatch_due

    for _ in range(3):
        make_ticket(cast.requester)
    report = dispatch_due(at=timezone.now(), may_go_on=lambda: False)
    assert report.has_more
    assert len(mailoutbox) == 1
    deliver()
    assert len(mailoutbox) == 3


@pytest.mark.parametrize("lost", ["confidential", "removed", "inactive"])
def test_rights_are_checked_again_when_a_notice_is_sent(cast, mailoutbox, lost):
    ticket = make_ticket(cast.requester)
    add_watcher(ticket_id=ticket.pk, actor=cast.requester, person=cast.colleague, at=timezone.now())
    run(ticket, "assign", cast.lead, assignee=cast.agent2)
    deliver()
    mailoutbox.clear()
    reply(ticket, cast.requester, "CANARY-B-7f3a")
    run(ticket, "accept", cast.agent2)
    expected = "not_visible"
    if lost == "confidential":
        ticket.is_confidential, ticket.assignee, ticket.team = True, cast.agent, cast.first_line
        ticket.save()
        person = cast.agent2
    elif lost == "removed":
        ticket.watcher_rows.all().delete()
        person = cast.colleague
    else:
        person, expected = cast.colleague, "recipient_inactive"
        person.is_active = False
        person.save()
    before = Notification.objects.filter(recipient=person).count()
    deliver()
    rows = OutboxMessage.objects.filter(recipient=person, topic__in=("reply", "accepted")).exclude(state="sent")
    assert {(row.state, row.last_error) for row in rows} == {("skipped", expected)}
    assert person.email not in [mail.to[0] for mail in mailoutbox]
    assert Notification.objects.filter(recipient=person).count() == before


def test_people_without_an_address_get_the_line_and_no_mail(cast, mailoutbox):
    person = UserFactory(email=None)
    make_ticket(person)
    deliver()
    assert (only_mail().state, only_mail().last_error) == ("skipped", "no_address")
    assert (mailoutbox, Notification.objects.get().recipient) == ([], person)


def test_a_reminder_for_a_ticket_that_was_confirmed_meanwhile_is_dropped(cast, mailoutbox):
    from tickets.services.timers import run_due

    ticket = bring_to(make_ticket(cast.requester), "resolved", cast.agent)
    deliver()
    mailoutbox.clear()
    run_due(at=ticket.resolved_at + timedelta(days=2))
    run(ticket, "confirm", cast.requester)
    deliver(after=timedelta(days=3))
    assert [row.last_error for row in mail_rows(topic="reminder")] == ["out_of_date"]
    assert [mail.to for mail in mailoutbox] == [["agent@example.com"]]
