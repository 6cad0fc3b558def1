"""Reporting a problem through the page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.cast import Cast
from tests.factories import UserFactory, bring_to, make_ticket
from tests.portal.conftest import Browse
from tests.portal.reading import hidden, image, number_of, report, text_of
from tickets.models import Attachment, Draft, Ticket


def test_a_report_becomes_a_ticket_with_everything_that_was_said(cast: Cast, browse: Browse) -> None:
    client = browse(cast.requester)
    response = report(
        client,
        category="printing",
        error_message="0x0000011b",
        occurred_at="2026-01-05T09:30",
        steps="1. open\n2. print",
        device_hostname="PC-20417",
        device_ip="10.2.0.4",
        contact_location="12-047",
        urgency="stopped",
        needed_by_at="2026-01-05T18:00",
        needed_by_reason="The audit starts.",
        files=[image("one.png"), image("two.png")],
    )
    ticket = Ticket.objects.get(number=number_of(response))
    assert (ticket.subject, ticket.channel, ticket.requester) == ("Printer does nothing", "portal", cast.requester)
    assert (ticket.error_message, ticket.steps) == ("0x0000011b", "1. open\n2. print")
    assert (ticket.device_hostname, ticket.device_ip) == ("PC-20417", "10.2.0.4")
    assert (ticket.contact_phone, ticket.contact_location) == ("6021", "12-047")
    assert (ticket.impact, ticket.urgency) == ("person", "stopped")
    assert ticket.category is not None and ticket.category.code == "printing"
    assert ticket.occurred_at is not None and timezone.localtime(ticket.occurred_at).hour == 9
    assert ticket.needed_by_at is not None and ticket.needed_by_reason == "The audit starts."
    assert sorted(ticket.attachments.values_list("name", flat=True)) == ["one.png", "two.png"]
    page = text_of(client.get(response["Location"]))
    assert ticket.number in page and "Who looks first" in page


def test_the_page_asks_in_everyday_words_and_never_shows_a_priority(cast: Cast, browse: Browse) -> None:
    page = text_of(browse(cast.requester).get("/tickets/new/"))
    assert "Who is affected?" in page and "What does it stop?" in page and "I am not sure" in page
    assert not any(code in page for code in ("P1", "P2", "P3", "P4"))


def test_the_limits_for_files_are_said_before_picking(cast: Cast, browse: Browse) -> None:
    page = text_of(browse(cast.requester).get("/tickets/new/"))
    assert "Up to 20 files, each at most 20 MB" in page and "docx" in page


def test_a_category_is_optional(cast: Cast, browse: Browse) -> None:
    number = number_of(report(browse(cast.requester), category=""))
    assert Ticket.objects.get(number=number).category is None


def test_the_start_page_hands_on_words_and_topic(cast: Cast, browse: Browse) -> None:
    page = browse(cast.requester).get("/tickets/new/?subject=No+sound&category=printing").content.decode()
    assert 'value="No sound"' in page
    assert '<option value="printing" selected>' in page


def test_a_report_for_a_colleague_keeps_both_people(cast: Cast, browse: Browse) -> None:
    cast.colleague.phone, cast.colleague.location = "6099", "12-050"
    cast.colleague.save()
    response = report(
        browse(cast.requester),
        for_whom="colleague",
        person="周航 (colleague)",
        contact_phone=cast.requester.phone,
        contact_location=cast.requester.location,
    )
    ticket = Ticket.objects.get(number=number_of(response))
    assert (ticket.requester, ticket.reported_by) == (cast.colleague, cast.requester)
    assert (ticket.contact_name, ticket.contact_phone, ticket.contact_location) == ("周航", "6099", "12-050")
    for person in (cast.colleague, cast.requester):
        assert browse(person).get(f"/tickets/{ticket.number}/").status_code == 200


@pytest.mark.parametrize("typed", ["colleague", "COLLEAGUE@example.com", "周航"])
def test_a_colleague_is_found_by_name_user_name_or_address(cast: Cast, browse: Browse, typed: str) -> None:
    response = report(browse(cast.requester), for_whom="colleague", person=typed)
    assert Ticket.objects.get(number=number_of(response)).requester == cast.colleague


@pytest.mark.parametrize("typed", ["requester2", "Tom Baker", "leaver", "nobody", "", "agent", "x" * 500])
def test_whoever_cannot_be_looked_up_cannot_be_named(cast: Cast, browse: Browse, typed: str) -> None:
    """Another department's people, those who left, and nobody all look the same."""
    response = report(browse(cast.requester), for_whom="colleague", person=typed)
    assert response.status_code == 422
    assert not Ticket.objects.exists()
    assert "Printer does nothing" in response.content.decode()


def test_two_colleagues_of_one_name_must_be_told_apart(cast: Cast, browse: Browse) -> None:
    UserFactory(full_name="周航", department=cast.finance)
    response = report(browse(cast.requester), for_whom="colleague", person="周航")
    assert response.status_code == 422
    assert "Several people have this name" in text_of(response)


def test_names_are_offered_while_typing_only_of_people_one_may_look_up(cast: Cast, browse: Browse) -> None:
    client = browse(cast.requester)
    assert "周航 (colleague)" in client.get("/tickets/people/?person=周").content.decode()
    everybody = client.get("/tickets/people/").content.decode()
    assert "colleague" in everybody
    assert "requester2" not in everybody and "leaver" not in everybody and "agent" not in everybody


def test_an_invalid_report_keeps_values_and_files_and_names_the_fields(cast: Cast, browse: Browse) -> None:
    client = browse(cast.requester)
    response = report(client, subject="", impact=None, device_ip="999.1", description="Kept words", files=[image()])
    assert response.status_code == 422
    page = response.content.decode()
    assert "Kept words" in page and "999.1" in page and "screen.png" in page
    assert "data-focus" in page and 'href="#f-subject"' in page and 'href="#f-impact_0"' in page
    assert page.index("<title>Error") < page.index("Report a problem")
    kept = Attachment.objects.get()
    assert str(kept.uuid) in page and kept.ticket is None
    again = report(client, attachments=[str(kept.uuid)])
    assert Ticket.objects.get(number=number_of(again)).attachments.get() == kept


def test_what_the_service_refuses_comes_back_at_its_field(cast: Cast, browse: Browse) -> None:
    tomorrow = timezone.localtime(timezone.now() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    response = report(browse(cast.requester), device_ip="999.1", occurred_at=None)
    assert "This is not an IP address" in text_of(response)
    response = report(browse(cast.requester), occurred_at=tomorrow)
    assert response.status_code == 422 and "This time is still to come" in text_of(response)


def test_a_standstill_needs_a_time_and_what_depends_on_it(cast: Cast, browse: Browse) -> None:
    response = report(browse(cast.requester), urgency="stopped")
    assert response.status_code == 422
    assert "Say by when you need it." in text_of(response)
    assert "Say what happens then." in text_of(response)


def test_the_deadline_of_an_answer_that_was_changed_again_is_dropped(cast: Cast, browse: Browse) -> None:
    response = report(
        browse(cast.requester), urgency="annoying", needed_by_at="2027-01-05T18:00", needed_by_reason="Old"
    )
    ticket = Ticket.objects.get(number=number_of(response))
    assert ticket.needed_by_at is None and ticket.needed_by_reason == ""


def test_a_second_click_gives_the_same_ticket(cast: Cast, browse: Browse) -> None:
    client = browse(cast.requester)
    key = hidden(client.get("/tickets/new/"), "submission_key")
    first = report(client, submission_key=key)
    second = report(client, submission_key=key)
    assert number_of(first) == number_of(second)
    assert Ticket.objects.count() == 1


def test_a_failed_report_does_not_use_up_its_key(cast: Cast, browse: Browse) -> None:
    client = browse(cast.requester)
    key = hidden(client.get("/tickets/new/"), "submission_key")
    assert report(client, submission_key=key, device_ip="nonsense").status_code == 422
    assert report(client, submission_key=key).status_code == 303


def test_a_sent_page_that_is_changed_and_sent_again_asks_first(cast: Cast, browse: Browse) -> None:
    client = browse(cast.requester)
    key = hidden(client.get("/tickets/new/"), "submission_key")
    number = number_of(report(client, submission_key=key))
    again = report(client, submission_key=key, description="Something else altogether")
    assert again.status_code == 422
    assert number in text_of(again) and "Something else altogether" in text_of(again)
    assert hidden(again, "submission_key") != key
    assert report(client, submission_key=hidden(again, "submission_key")).status_code == 303


def test_two_people_may_use_the_same_key(cast: Cast, browse: Browse) -> None:
    first = report(browse(cast.requester), submission_key="same")
    second = report(browse(cast.requester2), submission_key="same")
    assert number_of(first) != number_of(second)


def test_what_is_being_typed_is_kept_and_comes_back(cast: Cast, browse: Browse) -> None:
    client = browse(cast.requester)
    client.post("/tickets/new/draft/", {"subject": "Half a sen", "description": "tence", "urgency": "blocked"})
    page = client.get("/tickets/new/")
    assert 'value="Half a sen"' in page.content.decode() and "tence" in text_of(page)
    assert "Here is what you had begun to write" in text_of(page)
    assert 'value="blocked"' in page.content.decode() and "checked" in page.content.decode()
    assert browse(cast.colleague).get("/tickets/new/").content.decode().count("Half a sen") == 0


def test_sending_discards_the_draft(cast: Cast, browse: Browse) -> None:
    client = browse(cast.requester)
    client.post("/tickets/new/draft/", {"subject": "Half"})
    number_of(report(client))
    assert not Draft.objects.exists()


def test_prefilled_answers_alone_are_no_draft(cast: Cast, browse: Browse) -> None:
    client = browse(cast.requester)
    client.post("/tickets/new/draft/", {"contact_phone": "6021", "for_whom": "me", "subject": " "})
    assert not Draft.objects.exists()


def test_a_draft_wins_over_the_words_of_the_start_page_until_one_starts_over(cast: Cast, browse: Browse) -> None:
    client = browse(cast.requester)
    client.post("/tickets/new/draft/", {"subject": "Old words"})
    assert 'value="Old words"' in client.get("/tickets/new/?subject=New+words").content.decode()
    response = client.post("/tickets/new/draft/discard/", {"subject": "New words"})
    assert response.status_code == 303
    assert 'value="New words"' in client.get(response["Location"]).content.decode()


def test_a_closed_ticket_is_reported_again_as_a_linked_follow_up(cast: Cast, browse: Browse) -> None:
    old = bring_to(make_ticket(cast.requester, device_hostname="PC-1"), "closed", cast.agent2)
    client = browse(cast.requester)
    page = client.get(f"/tickets/new/?after={old.number}")
    assert "财务系统白屏" in page.content.decode() and "PC-1" in page.content.decode()
    assert "登录后整个页面都是白的" not in page.content.decode()
    number = number_of(report(client, at=f"/tickets/new/?after={old.number}", after=old.number))
    assert Ticket.objects.get(number=number).follow_up_of == old
    assert f"/tickets/{old.number}/" in client.get(f"/tickets/{number}/").content.decode()


def test_nobody_follows_up_somebody_elses_ticket(cast: Cast, browse: Browse) -> None:
    old = bring_to(make_ticket(cast.requester2), "closed", cast.agent)
    client = browse(cast.requester)
    assert client.get(f"/tickets/new/?after={old.number}").status_code == 404
    assert client.post("/tickets/new/", {"after": old.number}).status_code == 404
    assert Ticket.objects.count() == 1
