"""Writing on a ticket from the desk: modes, drafts, files, conflicts. Nothing typed is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from tests.cast import Cast
from tests.factories import bring_to, make_ticket, reply, run
from tickets.models import Attachment, Draft, Message, Ticket

AsUser = Callable[..., Client]
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40


def path(ticket: Ticket, rest: str = "message/") -> str:
    return f"/desk/tickets/{ticket.number}/{rest}"


@pytest.fixture
def ticket(cast: Cast) -> Ticket:
    return bring_to(make_ticket(cast.requester), "in_progress", cast.agent)


def test_a_reply_reaches_the_requester(cast: Cast, as_user: AsUser, ticket: Ticket) -> None:
    response = as_user(cast.agent).post(path(ticket), {"mode": "reply", "body": "请重启", "version": ticket.version})
    assert response.status_code == 303
    assert Message.objects.get().kind == "public"
    assert "请重启" in as_user(cast.requester).get(f"/tickets/{ticket.number}/").content.decode()


@pytest.mark.parametrize("mode", ["note", "", "REPLY", "solution", "nonsense"])
def test_whatever_is_not_plainly_a_reply_stays_inside(cast: Cast, as_user: AsUser, ticket: Ticket, mode: str) -> None:
    as_user(cast.agent).post(path(ticket), {"mode": mode, "body": "CANARY-INTERNAL", "version": ticket.version})
    assert Message.objects.get().kind == "internal"
    assert "CANARY-INTERNAL" not in as_user(cast.requester).get(f"/tickets/{ticket.number}/").content.decode()


def test_the_mode_is_never_remembered(cast: Cast, as_user: AsUser, ticket: Ticket) -> None:
    client = as_user(cast.agent)
    assert client.get(path(ticket, "?mode=note")).context["mode"] == "note"
    assert client.get(path(ticket, "")).context["mode"] == "reply"
    assert client.get(path(ticket, "?mode=nonsense")).context["mode"] == "reply"


def test_the_send_button_names_the_recipient(cast: Cast, as_user: AsUser, ticket: Ticket) -> None:
    page = as_user(cast.agent).get(path(ticket, "")).content.decode()
    assert "Send to 王敏" in page
    assert "Keep as internal note" in page


def test_send_and_wait_is_one_act(cast: Cast, as_user: AsUser, ticket: Ticket) -> None:
    until = timezone.localtime(timezone.now() + timedelta(days=2))
    data = {"mode": "reply", "body": "请发截图", "then": "wait", "waiting_reason": "user", "version": ticket.version}
    response = as_user(cast.agent).post(path(ticket), {**data, "next_action_at": until.strftime("%Y-%m-%dT%H:%M")})
    assert response.status_code == 303
    before = ticket.version
    ticket.refresh_from_db()
    assert (ticket.status, ticket.version) == ("waiting", before + 1)
    assert Message.objects.get().body == "请发截图"


@pytest.mark.parametrize("moment", ["", "nonsense", "2001-01-01T09:00", "0001-01-01T00:00", "9999-12-31T23:59"])
def test_a_bad_time_to_wait_until_sends_nothing_and_keeps_the_text(
    cast: Cast, as_user: AsUser, ticket: Ticket, moment: str
) -> None:
    data = {"mode": "reply", "body": "请发截图", "then": "wait", "waiting_reason": "user", "version": ticket.version}
    response = as_user(cast.agent).post(path(ticket), {**data, "next_action_at": moment})
    assert response.status_code == 422
    assert "请发截图" in response.content.decode()
    assert not Message.objects.exists()


def test_a_second_writer_gets_what_is_new_beside_the_kept_text(cast: Cast, as_user: AsUser, ticket: Ticket) -> None:
    seen = ticket.version
    reply(ticket, cast.lead, "我已经答复了")
    client = as_user(cast.agent)
    response = client.post(path(ticket), {"mode": "reply", "body": "我的答复", "version": seen})
    page = response.content.decode()
    assert response.status_code == 409
    assert "我的答复" in page
    assert "New since you opened the page" in page
    assert "我已经答复了" in page
    assert f'id="reply-version" value="{ticket.version}"' in page
    assert (
        client.post(path(ticket), {"mode": "reply", "body": "我的答复", "version": ticket.version}).status_code == 303
    )


def test_ones_own_later_acts_are_no_conflict(cast: Cast, as_user: AsUser, ticket: Ticket) -> None:
    seen = ticket.version
    reply(ticket, cast.agent, "先说一句")
    assert as_user(cast.agent).post(path(ticket), {"mode": "note", "body": "补充", "version": seen}).status_code == 303


@pytest.mark.parametrize("version", ["", "x", "-5", "9" * 40])
def test_a_page_without_its_version_sends_nothing_unseen(
    cast: Cast, as_user: AsUser, ticket: Ticket, version: str
) -> None:
    response = as_user(cast.agent).post(path(ticket), {"mode": "reply", "body": "我的答复", "version": version})
    assert response.status_code in (303, 409)
    assert response.status_code == 303 or "我的答复" in response.content.decode()


def test_a_reply_to_a_ticket_that_was_closed_meanwhile_is_kept(cast: Cast, as_user: AsUser, ticket: Ticket) -> None:
    run(ticket, "withdraw", cast.requester, reason="不用了")
    response = as_user(cast.agent).post(path(ticket), {"mode": "reply", "body": "我的答复", "version": ticket.version})
    assert response.status_code == 409
    assert "我的答复" in response.content.decode()


@pytest.mark.parametrize("body", ["", "   ", "x" * 20_001, "with \x00 in it"])
def test_texts_that_can_not_be_kept_are_refused(cast: Cast, as_user: AsUser, ticket: Ticket, body: str) -> None:
    response = as_user(cast.agent).post(path(ticket), {"mode": "reply", "body": body, "version": ticket.version})
    assert response.status_code == 422
    assert not Message.objects.exists()


def test_a_lone_surrogate_breaks_nothing(cast: Cast, as_user: AsUser, ticket: Ticket) -> None:
    raw = f"mode=note&body=%ED%A0%80&version={ticket.version}"
    response = as_user(cast.agent).post(path(ticket), raw, content_type="application/x-www-form-urlencoded")
    assert response.status_code == 303
    assert "\ud800" not in Message.objects.get().body


def test_files_go_along_and_bad_ones_cost_nothing(cast: Cast, as_user: AsUser, ticket: Ticket) -> None:
    client = as_user(cast.agent)
    bad = SimpleUploadedFile("../../evil.svg", b"<svg onload=alert(1)>")
    good = SimpleUploadedFile("报错.png", PNG)
    data = {"mode": "reply", "body": "见附件", "version": ticket.version}
    response = client.post(path(ticket), {**data, "files": [bad, good]})
    page = response.content.decode()
    assert response.status_code == 422
    assert "见附件" in page
    kept = Attachment.objects.get()
    assert f'value="{kept.uuid}" checked' in page
    assert client.post(path(ticket), {**data, "attachments": str(kept.uuid)}).status_code == 303
    kept.refresh_from_db()
    assert kept.message is not None
    assert kept.message.body == "见附件"


def test_a_foreign_file_can_not_be_sent_along(cast: Cast, as_user: AsUser, ticket: Ticket) -> None:
    as_user(cast.lead).post(path(ticket), {"mode": "note", "version": 1, "files": [SimpleUploadedFile("a.png", PNG)]})
    foreign = Attachment.objects.get()
    data = {"mode": "note", "body": "x", "version": ticket.version, "attachments": str(foreign.uuid)}
    assert as_user(cast.agent).post(path(ticket), data).status_code == 422
    assert as_user(cast.agent).post(path(ticket), {**data, "attachments": "nonsense"}).status_code == 422


# --- Drafts -----------------------------------------------------------------------------------------------------


def test_drafts_come_back_in_their_own_ticket_and_mode(cast: Cast, as_user: AsUser, ticket: Ticket) -> None:
    other = make_ticket(cast.requester)
    client = as_user(cast.agent)
    assert client.post(path(ticket, "draft/"), {"mode": "note", "body": "half a thought"}).json() == {"saved": True}
    context = client.get(path(ticket, "")).context
    assert context["texts"] == {"reply": "", "note": "half a thought"}
    assert client.get(path(other, "")).context["texts"]["note"] == ""
    assert as_user(cast.lead).get(path(ticket, "")).context["texts"]["note"] == ""


def test_a_draft_ends_when_it_is_sent_or_discarded(cast: Cast, as_user: AsUser, ticket: Ticket) -> None:
    client = as_user(cast.agent)
    for mode in ("reply", "note"):
        client.post(path(ticket, "draft/"), {"mode": mode, "body": "half a thought"})
    client.post(path(ticket), {"mode": "note", "body": "a whole thought", "version": ticket.version})
    assert list(Draft.objects.values_list("mode", flat=True)) == ["reply"]
    assert client.post(path(ticket, "draft/"), {"mode": "reply", "discard": "1"}).status_code == 303
    assert not Draft.objects.exists()


def test_the_solutions_draft_keeps_all_its_fields(cast: Cast, as_user: AsUser, ticket: Ticket) -> None:
    client = as_user(cast.agent)
    client.post(path(ticket, "draft/"), {"mode": "solution", "cause": "缓存", "solution": "清理", "nonsense": "x"})
    page = client.get(path(ticket, "?mode=solution")).content.decode()
    assert "缓存" in page
    assert "清理" in page


@pytest.mark.parametrize("data", [{"mode": "nonsense", "body": "x"}, {"mode": "reply", "body": "x" * 70_000}, {}])
def test_bad_drafts_are_refused(cast: Cast, as_user: AsUser, ticket: Ticket, data: dict[str, str]) -> None:
    assert as_user(cast.agent).post(path(ticket, "draft/"), data).status_code == 400
