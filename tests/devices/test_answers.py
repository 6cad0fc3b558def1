"""What is known goes into a ticket as words for its requester, and a ticket's words into an article (M3.3.1-3, M3.3.4-3)."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from knowledge.choices import EN, ZH
from knowledge.markdown import as_html
from knowledge.models import Article
from tests.api.client import refusal
from tests.api.conftest import api
from tests.cast import Cast
from tests.desk.conftest import as_user
from tests.desk.test_call import said
from tests.devices.acts import article, at_work
from tests.factories import bring_to, make_ticket, resolution, run
from tickets.models import Draft, Ticket, TicketArticle, TicketLink
from tickets.services import audit, sources
from tickets.services.drafts import save_draft

__all__ = ["api", "as_user"]
pytestmark = pytest.mark.django_db


def test_an_article_is_inserted_as_plain_text_in_the_requesters_language(cast: Cast, as_user: Any, api: Any) -> None:
    texts = {
        ZH: {"title": "白页", "solution": "按 `Ctrl + F5`"},
        EN: {"title": "White page", "solution": "1. Press `Ctrl + F5`\n2. See [help](https://it.example)"},
    }
    known = article(cast, texts)
    ticket = bring_to(make_ticket(cast.requester2, subject="White page"), "in_progress", cast.agent)
    expected = "1. Press Ctrl + F5\n2. See help (https://it.example)"
    agent = as_user(cast.agent, "zh-hans")
    agent.post(f"/desk/tickets/{ticket.number}/knowledge/use/", {"article": known.pk})
    assert Draft.objects.get().content["solution"] == expected
    Draft.objects.all().delete()
    sent = {"article": known.pk, "is_used": True}
    assert api(cast.agent).post(f"tickets/{ticket.number}/sources/", sent, Accept_Language="zh").status_code == 201
    assert Draft.objects.get().content["solution"] == expected
    told = {"use": known.pk, "requester": cast.requester2.username}
    assert expected in agent.post("/desk/known/solution/?for=call", told).content.decode()
    taken = agent.post("/desk/call/", said(**told))
    assert taken.context["form"]["solution"].value() == expected
    assert "按 Ctrl + F5" in agent.post("/desk/known/solution/", {"use": known.pk}).content.decode()


def test_an_article_or_a_ticket_is_a_source_not_both_at_once(cast: Cast, api: Any) -> None:
    known, ticket = article(cast), at_work(cast, subject="VPN 断线")
    old = run(at_work(cast, subject="VPN 断线"), "resolve", cast.agent, **resolution())
    sent = {"article": known.pk, "ticket": old.number}
    assert set(refusal(api(cast.agent).post(f"tickets/{ticket.number}/sources/", sent))[2]) == {"ticket"}
    assert not TicketLink.objects.exists() and not TicketArticle.objects.exists()


def test_the_timeline_names_an_article_to_who_may_read_it(cast: Cast, as_user: Any) -> None:
    known, ticket = article(cast, audience="staff"), at_work(cast, subject="咖啡机")
    sources.use_article(ticket_id=ticket.pk, article_id=known.pk, actor=cast.agent, at=timezone.now())
    address = f"/desk/tickets/{ticket.number}/?tab=system"
    words = f"took over what solved it before: article {known.pk} (VPN drops)."
    assert words in as_user(cast.agent).get(address).content.decode()
    Article.objects.filter(pk=known.pk).update(audience="team", team=cast.applications, owner=cast.agent2)
    page = as_user(cast.agent).get(address).content.decode()
    assert f"article {known.pk}." in page and "VPN drops" not in page


def test_what_the_ticket_says_reads_the_same_in_the_article(cast: Cast) -> None:
    ticket = at_work(cast, description="Share \\\\filesrv\\share, log C:\\_temp\\*.log")
    solved = {**resolution(), "solution": "1. Open C:\\_temp\n2. Delete *.log, not *.txt"}
    run(ticket, "resolve", cast.agent, **solved)
    text = sources.draft_article(ticket_id=ticket.pk, actor=cast.agent, at=timezone.now()).versions.get().texts.get()
    assert "Share \\\\filesrv\\share, log C:\\_temp\\*.log" in as_html(text.symptom)
    assert "<li>Delete *.log, not *.txt</li>" in as_html(text.solution)


def test_while_classifying_an_answer_is_sent(cast: Cast, as_user: Any) -> None:
    known = article(cast)
    old = run(at_work(cast, subject="VPN 断线"), "resolve", cast.agent, **{**resolution(), "solution": "重启网关"})
    ticket = make_ticket(cast.requester2, subject="VPN 断线")
    agent, base = as_user(cast.agent), f"/desk/tickets/{ticket.number}/"
    sheet = agent.get(f"{base}do/classify/").content.decode()
    address = f"{base}knowledge/answer/{old.number}/"
    assert old.number in sheet and "重启网关" in sheet and "Send this answer" in sheet
    assert f"{base}knowledge/send/{known.pk}/" in sheet and address in sheet
    body = agent.get(address).context["form"]["body"].value()
    assert "This helped with a problem like yours" in body and "重启网关" in body
    assert agent.post(address, {"body": ""}).status_code == 422
    at = timezone.now()
    save_draft(user=cast.agent, ticket_id=ticket.pk, mode="reply", content={"body": "typed"}, at=at)
    assert agent.post(address, {"body": body}).status_code == 303
    assert ticket.messages.get().kind == "public" and TicketLink.objects.get().other == old
    Ticket.objects.filter(pk=old.pk).update(is_confidential=True)
    assert agent.get(address).status_code in (400, 404, 422)
    assert ticket.messages.count() == 1
    assert Draft.objects.get().content == {"body": "typed"}
    assert audit.verify() == []
