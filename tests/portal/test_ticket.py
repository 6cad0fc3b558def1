"""The requester's ticket: whose turn it is, deciding, answering, and what others may see."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.cast import Cast
from tests.factories import bring_to, make_ticket, reply, run
from tests.portal.conftest import Browse
from tests.portal.reading import hidden, image, text_of
from tickets.models import Message, Ticket, TicketSeen, WaitingReason

pytestmark = pytest.mark.django_db


def opened(browse: Browse, person: object, ticket: Ticket) -> str:
    response = browse(person).get(f"/tickets/{ticket.number}/")
    assert response.status_code == 200
    return text_of(response)


def test_each_state_says_whose_turn_it_is(cast: Cast, browse: Browse) -> None:
    expected = {
        "new": "The IT service desk looks at your report first.",
        "in_progress": "韩雪 is looking for the cause.",
        "waiting": "韩雪 needs an answer from you.",
        "resolved": "韩雪 thinks this is fixed. Please try it.",
        "closed": "Closed. Thank you for confirming.",
        "cancelled": "Withdrawn",
    }
    for status, sentence in expected.items():
        ticket = bring_to(make_ticket(cast.requester), status, cast.agent2)
        assert sentence in opened(browse, cast.requester, ticket), status


@pytest.mark.parametrize("status", ["new", "classified", "in_progress", "waiting", "resolved", "closed", "cancelled"])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_state_renders_in_both_languages(cast: Cast, browse: Browse, status: str, language: str) -> None:
    ticket = bring_to(make_ticket(cast.requester), status, cast.agent2)
    client = browse(cast.requester, language)
    for page in (
        "/",
        "/tickets/",
        f"/tickets/{ticket.number}/",
        f"/tickets/{ticket.number}/submitted/",
        "/tickets/new/",
    ):
        response = client.get(page)
        assert response.status_code == 200
        assert f'<html lang="{"zh-Hans" if language.startswith("zh") else "en"}"' in response.content.decode()


def test_a_solution_is_shown_with_cause_advice_and_the_day_it_closes_by_itself(cast: Cast, browse: Browse) -> None:
    ticket = bring_to(make_ticket(cast.requester), "resolved", cast.agent2)
    page = opened(browse, cast.requester, ticket)
    for words in ("Is it fixed?", "升级后前端缓存不一致", "重建缓存并刷新", "请重启浏览器后再登录"):
        assert words in page
    assert "Without an answer by" in page and "it closes by itself" in page
    assert "用测试账号登录正常" not in page, "how it was tested is for the desk"


def test_yes_closes_the_ticket(cast: Cast, browse: Browse) -> None:
    ticket = bring_to(make_ticket(cast.requester), "resolved", cast.agent2)
    client = browse(cast.requester)
    version = hidden(client.get(f"/tickets/{ticket.number}/"), "version")
    response = client.post(f"/tickets/{ticket.number}/do/confirm/", {"version": version})
    assert response.status_code == 303
    ticket.refresh_from_db()
    assert (ticket.status, ticket.closure) == ("closed", "confirmed")


def test_not_yet_needs_a_sentence_and_goes_back_to_the_same_person(cast: Cast, browse: Browse) -> None:
    ticket = bring_to(make_ticket(cast.requester), "resolved", cast.agent2)
    client = browse(cast.requester)
    address = f"/tickets/{ticket.number}/do/reject/"
    assert "What do you still see?" in text_of(client.get(address))
    refused = client.post(address, {"version": ticket.version, "reason": "  "})
    assert refused.status_code == 422 and "Say in a sentence what you still see." in text_of(refused)
    assert client.post(address, {"version": ticket.version, "reason": "Still white"}).status_code == 303
    ticket.refresh_from_db()
    assert (ticket.status, ticket.assignee) == ("in_progress", cast.agent2)
    page = opened(browse, cast.requester, ticket)
    assert "You said that it is not fixed yet." in page and "Still white" in page
    assert "韩雪 is working on it again." in page


def test_only_the_requester_is_asked_to_confirm(cast: Cast, browse: Browse) -> None:
    ticket = bring_to(make_ticket(cast.colleague, actor=cast.requester), "resolved", cast.agent2)
    page = browse(cast.requester).get(f"/tickets/{ticket.number}/")
    assert "周航 is asked to confirm it." in text_of(page)
    assert "do/confirm" not in page.content.decode()
    refused = browse(cast.requester).post(f"/tickets/{ticket.number}/do/confirm/", {"version": ticket.version})
    assert refused.status_code == 403
    ticket.refresh_from_db()
    assert ticket.status == "resolved"


def test_a_stale_decision_shows_what_is_new_and_keeps_the_words(cast: Cast, browse: Browse) -> None:
    ticket = bring_to(make_ticket(cast.requester), "resolved", cast.agent2)
    seen = ticket.version
    reply(ticket, cast.agent2, "One more thing: restart first.")
    response = browse(cast.requester).post(
        f"/tickets/{ticket.number}/do/reject/", {"version": seen, "reason": "Still broken"}
    )
    assert response.status_code == 409
    page = text_of(response)
    assert "One more thing: restart first." in page and "Still broken" in page
    assert hidden(response, "version") == str(ticket.version)


def test_a_decision_that_somebody_made_first_leaves_the_words_to_copy(cast: Cast, browse: Browse) -> None:
    ticket = bring_to(make_ticket(cast.requester), "resolved", cast.agent2)
    seen = ticket.version
    run(ticket, "confirm", cast.agent2, reason="By phone")
    response = browse(cast.requester).post(
        f"/tickets/{ticket.number}/do/reject/", {"version": seen, "reason": "Still broken"}
    )
    assert response.status_code == 409
    assert "Still broken" in text_of(response) and "no longer possible" in text_of(response)


def test_a_closed_ticket_reopens_inside_the_window_and_later_is_reported_again(cast: Cast, browse: Browse) -> None:
    now = timezone.now()
    recent = bring_to(make_ticket(cast.requester), "closed", cast.agent2)
    old = bring_to(
        make_ticket(cast.requester, at=now - timedelta(days=15)), "closed", cast.agent2, at=now - timedelta(days=15)
    )
    client = browse(cast.requester)
    assert "do/reopen" in client.get(f"/tickets/{recent.number}/").content.decode()
    response = client.post(f"/tickets/{recent.number}/do/reopen/", {"version": recent.version, "reason": "It is back"})
    assert response.status_code == 303
    recent.refresh_from_db()
    assert recent.status == "in_progress"
    page = client.get(f"/tickets/{old.number}/").content.decode()
    assert "do/reopen" not in page and f"/tickets/new/?after={old.number}" in page
    late = client.post(f"/tickets/{old.number}/do/reopen/", {"version": old.version, "reason": "It is back"})
    assert late.status_code == 409 and "The time for reopening is over." in text_of(late)


def test_withdrawing_asks_why(cast: Cast, browse: Browse) -> None:
    ticket = make_ticket(cast.requester)
    client = browse(cast.requester)
    assert "I no longer need this" in opened(browse, cast.requester, ticket)
    address = f"/tickets/{ticket.number}/do/withdraw/"
    assert client.post(address, {"version": ticket.version}).status_code == 422
    assert client.post(address, {"version": ticket.version, "reason": "Fixed itself"}).status_code == 303
    ticket.refresh_from_db()
    assert ticket.status == "cancelled"
    assert "Fixed itself" in opened(browse, cast.requester, ticket)


@pytest.mark.parametrize(
    "command", ["classify", "assign", "accept", "start", "wait", "resume", "resolve", "close", "archive"]
)
def test_the_desks_steps_do_not_exist_here(cast: Cast, browse: Browse, command: str) -> None:
    ticket = make_ticket(cast.requester)
    for person in (cast.requester, cast.agent):
        assert browse(person).post(f"/tickets/{ticket.number}/do/{command}/", {"version": 1}).status_code == 404
    assert Ticket.objects.get().version == 1


def test_an_answer_ends_waiting_for_the_user(cast: Cast, browse: Browse) -> None:
    ticket = bring_to(make_ticket(cast.requester), "in_progress", cast.agent2)
    waiting = {
        "waiting_reason": WaitingReason.objects.get(code="user"),
        "next_action_at": timezone.now() + timedelta(days=2),
    }
    reply(ticket, cast.agent2, "Which version do you use?", then="wait", data=waiting)
    client = browse(cast.requester)
    page = client.get(f"/tickets/{ticket.number}/")
    assert "We need an answer from you" in text_of(page)
    assert text_of(page).count("Which version do you use?") == 2, "in the card and in the timeline"
    response = client.post(
        f"/tickets/{ticket.number}/reply/",
        {"version": hidden(page, "version"), "body": "12.4.1", "files": [image()]},
    )
    assert response.status_code == 303
    ticket.refresh_from_db()
    assert ticket.status == "in_progress"
    message = Message.objects.get(body="12.4.1")
    assert (message.kind, message.author) == ("public", cast.requester)
    assert message.attachments.get().name == "screen.png"


def test_a_reply_that_crossed_with_another_is_kept_with_its_files(cast: Cast, browse: Browse) -> None:
    ticket = bring_to(make_ticket(cast.requester), "in_progress", cast.agent2)
    seen = ticket.version
    reply(ticket, cast.agent2, "Please do not restart.")
    response = browse(cast.requester).post(
        f"/tickets/{ticket.number}/reply/", {"version": seen, "body": "I restarted.", "files": [image()]}
    )
    assert response.status_code == 409
    page = response.content.decode()
    assert "Please do not restart." in page and "I restarted." in page and "screen.png" in page
    assert not Message.objects.filter(body="I restarted.").exists()
    again = browse(cast.requester).post(
        f"/tickets/{ticket.number}/reply/", {"version": hidden(response, "version"), "body": "I restarted."}
    )
    assert again.status_code == 303


def test_ones_own_earlier_reply_is_no_conflict(cast: Cast, browse: Browse) -> None:
    ticket = make_ticket(cast.requester)
    client = browse(cast.requester)
    for body in ("First", "Second"):
        assert client.post(f"/tickets/{ticket.number}/reply/", {"version": 1, "body": body}).status_code == 303


def test_an_empty_reply_is_refused_and_a_closed_ticket_keeps_the_words(cast: Cast, browse: Browse) -> None:
    ticket = make_ticket(cast.requester)
    client = browse(cast.requester)
    assert client.post(f"/tickets/{ticket.number}/reply/", {"version": 1, "body": " "}).status_code == 422
    run(ticket, "withdraw", cast.requester, reason="No")
    late = client.post(f"/tickets/{ticket.number}/reply/", {"version": ticket.version, "body": "Wait, please"})
    assert late.status_code == 409 and "Wait, please" in text_of(late)


def test_a_half_written_reply_comes_back(cast: Cast, browse: Browse) -> None:
    ticket = make_ticket(cast.requester)
    client = browse(cast.requester)
    assert client.post(f"/tickets/{ticket.number}/draft/", {"body": "Half a sen"}).status_code == 200
    assert "Half a sen" in opened(browse, cast.requester, ticket)
    assert "Half a sen" not in opened(browse, cast.requester, make_ticket(cast.requester))
    client.post(f"/tickets/{ticket.number}/reply/", {"version": 1, "body": "Whole"})
    assert "Half a sen" not in opened(browse, cast.requester, ticket)


def test_details_can_be_corrected_until_work_begins(cast: Cast, browse: Browse) -> None:
    ticket = make_ticket(cast.requester)
    client = browse(cast.requester)
    address = f"/tickets/{ticket.number}/details/"
    assert "财务系统白屏" in client.get(address).content.decode()
    values = {"version": 1, "subject": "Better words", "description": "More", "contact_phone": "7000"}
    assert client.post(address, {**values, "subject": ""}).status_code == 422
    assert client.post(address, values).status_code == 303
    ticket.refresh_from_db()
    assert (ticket.subject, ticket.contact_phone, ticket.version) == ("Better words", "7000", 2)
    stale = client.post(address, {**values, "subject": "Third words"})
    assert stale.status_code == 409 and "Third words" in stale.content.decode()
    bring_to(ticket, "in_progress", cast.agent2)
    assert client.get(address).status_code == 403
    assert client.post(address, {**values, "version": ticket.version}).status_code == 403


def test_a_colleague_is_added_reads_along_and_is_removed(cast: Cast, browse: Browse) -> None:
    ticket = make_ticket(cast.requester)
    client = browse(cast.requester)
    assert browse(cast.colleague).get(f"/tickets/{ticket.number}/").status_code == 404
    assert client.post(f"/tickets/{ticket.number}/people/", {"person": "周航 (colleague)"}).status_code == 303
    assert "You added 周航." in opened(browse, cast.requester, ticket)
    assert "王敏 added 周航." in opened(browse, cast.colleague, ticket)
    assert "Add a person" not in opened(browse, cast.colleague, ticket)
    assert browse(cast.colleague).get(f"/tickets/{ticket.number}/people/").status_code == 403
    assert client.post(f"/tickets/{ticket.number}/people/remove/", {"person": "colleague"}).status_code == 303
    assert browse(cast.colleague).get(f"/tickets/{ticket.number}/").status_code == 404


def test_a_watcher_can_leave(cast: Cast, browse: Browse) -> None:
    ticket = make_ticket(cast.requester)
    browse(cast.requester).post(f"/tickets/{ticket.number}/people/", {"person": "colleague"})
    response = browse(cast.colleague).post(f"/tickets/{ticket.number}/people/remove/", {"person": "colleague"})
    assert response["Location"] == "/tickets/"
    assert not ticket.watchers.exists()


@pytest.mark.parametrize("person", ["requester2", "nobody", "", "leaver"])
def test_strangers_cannot_be_added(cast: Cast, browse: Browse, person: str) -> None:
    ticket = make_ticket(cast.requester)
    response = browse(cast.requester).post(f"/tickets/{ticket.number}/people/", {"person": person})
    assert response.status_code == 422
    assert not ticket.watchers.exists()


def test_what_came_since_the_last_visit_is_marked_until_it_was_read(cast: Cast, browse: Browse) -> None:
    ticket = make_ticket(cast.requester)
    client = browse(cast.requester)
    address = f"/tickets/{ticket.number}/"
    assert client.post(f"{address}seen/").status_code == 303
    reply(ticket, cast.agent, "Hello")
    page = text_of(client.get(address))
    assert "New Hello" in page and "Mark as read" in page
    assert "New" in text_of(client.get("/tickets/?tab=open"))
    assert client.post(f"{address}seen/", headers={"HX-Request": "true"}).status_code == 204
    assert "New Hello" not in text_of(client.get(address))


def test_looking_at_a_page_changes_nothing(cast: Cast, browse: Browse) -> None:
    ticket = bring_to(make_ticket(cast.requester), "resolved", cast.agent2)
    client = browse(cast.requester)
    for page in ("", "submitted/", "updates/", "do/confirm/", "do/reject/"):
        assert client.get(f"/tickets/{ticket.number}/{page}").status_code == 200
    assert not TicketSeen.objects.exists()
    assert Ticket.objects.get().version == ticket.version
    for address in ("reply/", "seen/", "draft/", "people/remove/"):
        assert client.get(f"/tickets/{ticket.number}/{address}").status_code == 405


def test_the_open_page_learns_of_changes_and_hears_nothing_without(cast: Cast, browse: Browse) -> None:
    ticket = bring_to(make_ticket(cast.requester), "in_progress", cast.agent2)
    client = browse(cast.requester)
    address = f"/tickets/{ticket.number}/updates/"
    assert client.get(address, {"version": ticket.version}).status_code == 204
    seen = ticket.version
    reply(ticket, cast.agent2, "It is the cache.")
    response = client.get(address, {"version": seen})
    assert "It is the cache." in text_of(response)
    assert f"version={ticket.version}" in response.content.decode()
    assert 'id="reply-version"' in response.content.decode(), "the reply box learns what its writer has seen"
    assert 'id="ticket-aside" hx-swap-oob="true"' in response.content.decode(), "the handler may have changed too"


def test_a_finished_ticket_is_not_asked_for_changes(cast: Cast, browse: Browse) -> None:
    ticket = bring_to(make_ticket(cast.requester), "closed", cast.agent2)
    assert "/updates/" not in browse(cast.requester).get(f"/tickets/{ticket.number}/").content.decode()


def test_an_archived_ticket_is_sealed_but_can_be_followed_up(cast: Cast, browse: Browse) -> None:
    ticket = bring_to(make_ticket(cast.requester), "closed", cast.agent2)
    run(ticket, "archive", cast.agent2)
    client = browse(cast.requester)
    page = client.get(f"/tickets/{ticket.number}/").content.decode()
    assert f"?after={ticket.number}" in page
    assert "do/reopen" not in page and "people/" not in page and 'name="body"' not in page
    response = client.post(f"/tickets/{ticket.number}/do/reopen/", {"version": ticket.version, "reason": "x"})
    assert response.status_code == 409


def test_the_desk_is_led_to_its_own_page_unless_the_ticket_is_its_own(cast: Cast, browse: Browse) -> None:
    others, own = make_ticket(cast.requester), make_ticket(cast.agent)
    response = browse(cast.agent).get(f"/tickets/{others.number}/")
    assert (response.status_code, response["Location"]) == (302, f"/desk/tickets/{others.number}/")
    assert browse(cast.agent).get(f"/tickets/{own.number}/").status_code == 200
