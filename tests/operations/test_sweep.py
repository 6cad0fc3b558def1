"""`manage.py sweep`: what happens by the clock happens once, however late or often somebody looks."""

from __future__ import annotations

import json
import threading
from collections import Counter
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import close_old_connections, connection
from django.utils import timezone

from helpdesk import periodic
from helpdesk.common.models import OutboxMessage
from tests.factories import bring_to, make_ticket
from tickets.models import Ticket


def sweep(at: datetime | None = None) -> dict[str, Any]:
    out = StringIO()
    call_command("sweep", *(["--now", at.isoformat()] if at else []), "--json", stdout=out)
    answer: dict[str, Any] = json.loads(out.getvalue())
    return answer


@pytest.fixture
def _test_clock(settings):
    settings.ALLOW_TEST_CLOCK = True


@pytest.mark.usefixtures("_test_clock")
class TestWithAnInjectedClock:
    def test_waiting_ends_by_itself(self, cast):
        ticket = bring_to(make_ticket(cast.requester), "waiting", cast.agent)
        sweep(ticket.next_action_at - timedelta(minutes=1))
        ticket.refresh_from_db()
        assert ticket.status == "waiting"
        assert sweep(ticket.next_action_at)["timers"] == {"resume": 1}
        ticket.refresh_from_db()
        assert ticket.status == "in_progress"

    def test_a_late_sweep_reminds_once_and_the_mail_goes_out_in_the_same_pass(self, cast, mailoutbox):
        ticket = bring_to(make_ticket(cast.requester), "resolved", cast.agent)
        sweep()
        mailoutbox.clear()
        late = ticket.resolved_at + timedelta(days=4, hours=12)
        assert sweep(late)["timers"] == {"reminded": 1}
        assert sweep(late)["timers"] == {}
        assert [mail.to for mail in mailoutbox] == [["requester@example.com"]]

    def test_silence_closes_marked_as_unconfirmed_and_later_the_archive_seals(self, cast):
        ticket = bring_to(make_ticket(cast.requester), "resolved", cast.agent)
        assert sweep(ticket.confirm_by_at)["timers"] == {"close": 1}
        ticket.refresh_from_db()
        assert (ticket.status, ticket.closure) == ("closed", "unconfirmed")
        assert sweep(ticket.closed_at + timedelta(days=30))["timers"] == {"archive": 1}
        ticket.refresh_from_db()
        assert ticket.is_archived

    def test_sweeping_twice_is_sweeping_once(self, cast):
        tickets = [bring_to(make_ticket(cast.requester), "resolved", cast.agent) for _ in range(3)]
        at = tickets[-1].confirm_by_at
        assert sweep(at)["timers"] == {"close": 3}
        assert sweep(at) == {"judged": {"tickets": 0}, "timers": {}, "outbox": {}}
        told = OutboxMessage.objects.filter(channel="email", topic="closed", recipient=cast.requester)
        assert told.count() == 3

    def test_one_broken_ticket_does_not_stop_the_others(self, cast):
        broken, sound = (bring_to(make_ticket(cast.requester), "waiting", cast.agent) for _ in range(2))
        # An event that is already there collides with the one that the timer writes.
        Ticket.objects.filter(pk=broken.pk).update(version=1, timer_at=broken.timer_at - timedelta(hours=1))
        assert sweep(sound.next_action_at)["timers"] == {"resume": 1, "refused": 1}
        sound.refresh_from_db()
        assert sound.status == "in_progress"

    def test_an_instant_without_an_offset_is_the_desks_local_time(self, cast):
        ticket = bring_to(make_ticket(cast.requester), "waiting", cast.agent)
        local = timezone.localtime(ticket.next_action_at, timezone.get_default_timezone()).replace(tzinfo=None)
        assert sweep(local - timedelta(minutes=1))["timers"] == {}
        assert sweep(local + timedelta(seconds=1))["timers"] == {"resume": 1}

    @pytest.mark.parametrize("value", ["tomorrow", "2026-13-45T00:00:00Z", "12:00"])
    def test_what_is_no_instant_is_refused_in_plain_words(self, db, value):
        with pytest.raises(CommandError, match="ISO 8601"):
            call_command("sweep", "--now", value)


def test_the_clock_cannot_be_set_in_production(db, settings):
    settings.ALLOW_TEST_CLOCK = False
    with pytest.raises(CommandError, match="ALLOW_TEST_CLOCK=1"):
        call_command("sweep", "--now", "2030-01-01T00:00:00Z")


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_carry_out_each_timer_once(cast):
    tickets = [bring_to(make_ticket(cast.requester), "resolved", cast.agent) for _ in range(8)]
    at = max(ticket.confirm_by_at for ticket in tickets)
    start = threading.Barrier(3)
    done: Counter[str] = Counter()
    failures = []

    def work():
        try:
            start.wait(timeout=10)
            done.update(periodic.sweep(at=at))
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    close_old_connections()
    assert failures == []
    assert done == {"close": 8}
    assert OutboxMessage.objects.filter(topic="closed", channel="email", recipient=cast.requester).count() == 8
