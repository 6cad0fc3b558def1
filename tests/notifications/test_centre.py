"""The notification centre and the bell."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from notifications.models import Notification
from notifications.selectors import COUNTED_UP_TO, PAGE_SIZE, unread_count
from tests.factories import bring_to, make_ticket, reply
from tests.notifications.acts import deliver
from tickets.models import Ticket

LIST = "/notifications/"


@pytest.fixture
def told(cast) -> Ticket:
    """A ticket of which requester and agent have been told."""
    ticket = bring_to(make_ticket(cast.requester), "in_progress", cast.agent)
    reply(ticket, cast.requester, "还没好")
    deliver()
    return ticket


def signed_in(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def lines(count: int, person, ticket: Ticket) -> None:
    """Many lines for one person, a minute apart, the last one newest."""
    start = timezone.now() - timedelta(minutes=count)
    event = ticket.events.earliest("sequence")
    Notification.objects.bulk_create(
        Notification(
            event_id=uuid4(),
            recipient=person,
            topic="received",
            subject_type="ticket",
            subject_id=ticket.pk,
            trail_event_id=event.pk,
            created_at=start + timedelta(minutes=number),
        )
        for number in range(count)
    )


def test_a_requester_reads_one_sentence_with_one_link_in_the_portal(cast, told):
    page = signed_in(cast.requester).get(LIST)
    body = page.content.decode()
    assert page.status_code == 200
    assert "portal" in body and f'href="/tickets/{told.number}/"' in body
    assert body.count('class="nitem unread"') == Notification.objects.filter(recipient=cast.requester).count() == 2


def test_the_desk_reads_it_in_its_own_shell_with_names(cast, told):
    body = signed_in(cast.agent).get(LIST).content.decode()
    assert f'href="/desk/tickets/{told.number}/"' in body
    assert "王敏" in body


def test_somebody_without_notifications_is_up_to_date(cast):
    page = signed_in(cast.requester2).get(LIST)
    assert page.status_code == 200
    assert b"nitem" not in page.content


def test_reading_changes_nothing(cast, told):
    client = signed_in(cast.requester)
    client.get(LIST)
    client.get(f"/tickets/{told.number}/")
    assert unread_count(cast.requester) == 2


def test_one_is_marked_as_read(cast, told):
    first = Notification.objects.filter(recipient=cast.requester).earliest("pk")
    answer = signed_in(cast.requester).post(reverse("notifications:read", args=[first.pk]))
    assert (answer.status_code, answer["Location"]) == (303, LIST)
    first.refresh_from_db()
    assert first.read_at is not None
    assert unread_count(cast.requester) == 1


def test_htmx_gets_the_line_back_as_read(cast, told):
    first = Notification.objects.filter(recipient=cast.requester).earliest("pk")
    url = reverse("notifications:read", args=[first.pk])
    answer = signed_in(cast.requester).post(url, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert answer["HX-Reason"] == "bell"
    assert 'class="nitem"' in answer.content.decode()


def test_all_are_marked_as_read_but_not_what_came_in_since(cast, told):
    newest = Notification.objects.filter(recipient=cast.requester).latest("pk")
    reply(told, cast.agent, "好了吗？")
    deliver()
    answer = signed_in(cast.requester).post(reverse("notifications:read_all"), {"up_to": newest.pk})
    assert answer.status_code == 303
    assert list(Notification.objects.filter(recipient=cast.requester).unread().values_list("topic")) == [("reply",)]
    assert unread_count(cast.agent) == 1


def test_other_peoples_lines_do_not_exist(cast, told):
    foreign = Notification.objects.filter(recipient=cast.agent).get()
    client = signed_in(cast.requester)
    assert client.post(reverse("notifications:read", args=[foreign.pk])).status_code == 404
    assert client.get(LIST, {"before": foreign.pk}).status_code == 400
    foreign.refresh_from_db()
    assert foreign.read_at is None


@pytest.mark.parametrize("before", ["-1", "x", "9" * 40, "1; drop", "１"])
def test_a_forged_place_in_the_list_is_refused(cast, told, before):
    assert signed_in(cast.requester).get(LIST, {"before": before}).status_code == 400


def test_a_line_about_something_no_longer_visible_tells_nothing_of_it(cast, told):
    told.is_confidential, told.assignee, told.team = True, cast.agent2, cast.applications
    told.save()
    body = signed_in(cast.agent).get(LIST).content.decode()
    assert body.count('class="nitem') == 1
    assert told.number not in body and told.subject not in body


def test_the_list_is_paged_without_losing_or_repeating_a_line(cast):
    ticket = make_ticket(cast.requester)
    lines(PAGE_SIZE + 5, cast.requester, ticket)
    client = signed_in(cast.requester)
    seen: list[int] = []
    before: int | None = None
    for _ in range(2):
        page = client.get(LIST, {"before": before} if before else {}).context["page"]
        seen += [entry.id for entry in page.entries]
        before = page.older_than
    assert before is None
    everything = Notification.objects.filter(recipient=cast.requester).order_by("-created_at", "-pk")
    assert seen == list(everything.values_list("pk", flat=True))


def test_the_list_needs_no_more_queries_for_more_lines(cast, django_assert_max_num_queries):
    ticket = make_ticket(cast.requester)
    lines(PAGE_SIZE, cast.requester, ticket)
    client = signed_in(cast.requester)
    with django_assert_max_num_queries(12):
        client.get(LIST)


def test_the_bell_stops_counting_at_a_hundred(cast):
    lines(COUNTED_UP_TO + 7, cast.requester, make_ticket(cast.requester))
    assert unread_count(cast.requester) == COUNTED_UP_TO
    assert b"99+" in signed_in(cast.requester).get(reverse("notifications:bell")).content


def test_the_bell_answers_nothing_while_nothing_has_changed(cast, told):
    client = signed_in(cast.requester)
    bell = reverse("notifications:bell")
    assert client.get(bell, {"count": 2}).status_code == 204
    answer = client.get(bell, {"count": 1})
    assert (answer.status_code, b"count=2" in answer.content) == (200, True)


def test_strangers_are_sent_to_the_sign_in(client, db):
    assert client.get(LIST).status_code == 302
    assert client.post(reverse("notifications:read_all")).status_code == 302
    assert client.get(reverse("notifications:bell"), headers={"HX-Request": "true"}).status_code == 401


@pytest.mark.parametrize("name", ["read_all", "list"])
def test_reading_is_get_and_marking_is_post(cast, name):
    client = signed_in(cast.requester)
    wrong = client.get if name == "read_all" else client.post
    assert wrong(reverse(f"notifications:{name}")).status_code == 405
