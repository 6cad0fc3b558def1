"""Beside a ticket: articles and similar tickets that are sent, used and written (M3.3.1-3)."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from helpdesk.common.errors import Conflict, InvalidInput
from knowledge.choices import ZH
from knowledge.models import Article
from knowledge.services.writing import discard_draft, save_draft
from tests.api.client import refusal
from tests.api.conftest import api
from tests.assets.acts import make_asset
from tests.cast import Cast
from tests.desk.conftest import as_user
from tests.devices.acts import VPN, article, at_work
from tests.factories import bring_to, make_ticket, resolution, run
from tests.portal.conftest import browse
from tickets.models import Draft, Ticket, TicketArticle, TicketLink
from tickets.services import audit, sources
from tickets.services.asset_links import link_asset
from tickets.suggestions import solved_like

__all__ = ["api", "as_user", "browse"]
pytestmark = pytest.mark.django_db


class TestDesk:
    def test_the_panel_shows_what_is_known(self, cast: Cast, as_user: Any) -> None:
        known = article(cast)
        old = run(at_work(cast, subject="VPN 断线"), "resolve", cast.agent, **resolution())
        ticket = at_work(cast, subject="VPN 断线")
        agent = as_user(cast.agent, "zh-hans")
        assert (
            f"/desk/tickets/{ticket.number}/knowledge/" in agent.get(f"/desk/tickets/{ticket.number}/").content.decode()
        )
        panel = agent.get(f"/desk/tickets/{ticket.number}/knowledge/", HTTP_HX_REQUEST="true").content.decode()
        assert "VPN 断线怎么办" in panel and old.number in panel
        assert agent.post(f"/desk/tickets/{ticket.number}/knowledge/link/", {"article": known.pk}).status_code == 303
        assert agent.post(f"/desk/tickets/{ticket.number}/knowledge/link/", {"ticket": old.number}).status_code == 303
        assert TicketArticle.objects.get().kind == "linked" and TicketLink.objects.get().other == old
        page = agent.get(f"/desk/tickets/{ticket.number}/?tab=system").content.decode()
        assert f"#{old.number}" in page
        with pytest.raises(Conflict):
            sources.link_ticket(ticket_id=ticket.pk, other=old, actor=cast.agent, at=timezone.now())
        assert audit.verify() == []

    def test_titles_of_linked_articles_are_for_who_may_read_them(self, cast: Cast, as_user: Any) -> None:
        """A published title goes before that of a draft, and another team's article isn't named at all."""
        known = article(cast)
        texts = {**VPN, ZH: {**VPN[ZH], "title": "CANARY 草稿"}}
        save_draft(article_id=known.pk, version=known.version, texts=texts, actor=cast.agent, at=timezone.now())
        ticket = at_work(cast, subject="咖啡机")
        sources.link_article(ticket_id=ticket.pk, article_id=known.pk, actor=cast.agent, at=timezone.now())
        address = f"/desk/tickets/{ticket.number}/knowledge/"
        page = as_user(cast.agent, "zh-hans").get(address).content.decode()
        assert "VPN 断线怎么办" in page and "CANARY" not in page
        Article.objects.filter(pk=known.pk).update(audience="team", team=cast.first_line)
        assert "VPN 断线怎么办" not in as_user(cast.agent2, "zh-hans").get(address).content.decode()

    def test_solving_with_a_similar_tickets_solution(self, cast: Cast, as_user: Any) -> None:
        old = run(at_work(cast, subject="VPN 断线"), "resolve", cast.agent, **{**resolution(), "solution": "重启网关"})
        ticket = at_work(cast, subject="VPN 又断线")
        Draft.objects.create(
            user=cast.agent, ticket=ticket, mode="resolve", content={"cause": "我写的"}, updated_at=timezone.now()
        )
        agent = as_user(cast.agent)
        used = agent.post(f"/desk/tickets/{ticket.number}/knowledge/use/", {"ticket": old.number}, follow=True)
        page = used.content.decode()
        assert "重启网关" in page and "我写的" in page
        assert TicketLink.objects.get().is_used
        assert ticket.events.latest("sequence").code == "source_used"

    def test_an_article_that_solves_tickets_says_how_many(self, cast: Cast, as_user: Any) -> None:
        known = article(cast)
        ticket = at_work(cast, subject="VPN 断线")
        agent = as_user(cast.agent, "zh-hans")
        agent.post(f"/desk/tickets/{ticket.number}/knowledge/use/", {"article": known.pk})
        assert Draft.objects.get().content["solution"] == "重新导入证书"
        assert Article.objects.get().solved_tickets == 0
        run(ticket, "resolve", cast.agent, **resolution())
        assert Article.objects.get().solved_tickets == 1
        run(ticket, "reject", cast.requester, reason="还是断")
        assert Article.objects.get().solved_tickets == 0
        run(ticket, "resolve", cast.agent, **resolution())
        assert Article.objects.get().solved_tickets == 1

    def test_sending_one_in_the_requesters_language(self, cast: Cast, as_user: Any) -> None:
        known = article(cast)
        ticket = bring_to(make_ticket(cast.requester2, subject="VPN"), "in_progress", cast.agent)
        agent = as_user(cast.agent, "zh-hans")
        address = f"/desk/tickets/{ticket.number}/knowledge/send/{known.pk}/"
        page = agent.get(address).content.decode()
        assert "This article may help you" in page and f"/knowledge/{known.pk}/" in page
        assert agent.post(address, {"body": "Please look: /knowledge/"}).status_code == 303
        assert ticket.messages.get().kind == "public"
        assert TicketArticle.objects.get().kind == "sent"
        hidden = article(cast, audience="staff")
        with pytest.raises(InvalidInput):
            sources.send_article(
                ticket_id=ticket.pk, article_id=hidden.pk, body="x", actor=cast.agent, at=timezone.now()
            )

    def test_an_article_from_a_solved_ticket_in_one_click(self, cast: Cast, as_user: Any) -> None:
        ticket = at_work(cast, subject="财务系统白屏", description="打电话 13812345678 给我")
        agent, address = as_user(cast.agent), f"/desk/tickets/{ticket.number}/knowledge/draft/"
        assert agent.post(address).status_code == 409
        run(ticket, "resolve", cast.agent, **{**resolution(), "cause": "缓存损坏", "solution": "清除缓存"})
        made = agent.post(address, follow=True)
        row = Article.objects.get()
        assert made.redirect_chain[-1][0] == f"/knowledge/{row.pk}/edit/"
        text = row.versions.get().texts.get()
        assert (text.language, text.title, text.cause, text.solution) == (ZH, "财务系统白屏", "缓存损坏", "清除缓存")
        assert "13812345678" in made.content.decode()
        assert agent.post(address).status_code == 409
        assert TicketArticle.objects.get().kind == "written"
        assert audit.verify() == []

    def test_a_rejected_solution_is_neither_offered_nor_taken_over(self, cast: Cast, as_user: Any, api: Any) -> None:
        old = run(at_work(cast, subject="VPN 断线"), "resolve", cast.agent, **resolution())
        run(old, "reject", cast.requester, reason="还是断")
        assert old.solution
        ticket = at_work(cast, subject="VPN 断线")
        assert solved_like("VPN 断线", cast.agent, but=ticket) == []
        agent, address = as_user(cast.agent), f"/desk/tickets/{ticket.number}/knowledge/use/"
        assert agent.post(address, {"ticket": "no\x00such"}).status_code == 404
        refused = agent.post(address, {"ticket": old.number})
        assert refused.status_code == 400
        assert f"Ticket {old.number} has no solution that could be taken over." in refused.content.decode()
        sent = api(cast.agent).post(f"tickets/{ticket.number}/sources/", {"ticket": old.number, "is_used": True})
        assert set(refusal(sent)[2]) == {"ticket"}
        assert not Draft.objects.exists() and not TicketLink.objects.exists()
        assert agent.post(f"/desk/tickets/{old.number}/knowledge/draft/").status_code == 409
        run(old, "resolve", cast.agent, **resolution())
        assert solved_like("VPN 断线", cast.agent, but=ticket) == [old]

    def test_inserting_twice_writes_it_once(self, cast: Cast, as_user: Any) -> None:
        known = article(cast)
        ticket = at_work(cast, subject="VPN 断线")
        agent = as_user(cast.agent, "zh-hans")
        for _press in range(2):
            agent.post(f"/desk/tickets/{ticket.number}/knowledge/use/", {"article": known.pk})
        assert Draft.objects.get().content["solution"] == "重新导入证书"
        typed = "先重启\r\n\r\n重新导入证书\r\n\r\n再试"
        Draft.objects.update(content={"solution": typed, "cause": "证书过期了"})
        agent.post(f"/desk/tickets/{ticket.number}/knowledge/use/", {"article": known.pk})
        content = Draft.objects.get().content
        assert content["solution"].replace("\r\n", "\n") == typed.replace("\r\n", "\n")
        assert content["cause"] == "证书过期了\n\n证书过期"

    def test_a_long_report_is_cut_and_says_so(self, cast: Cast) -> None:
        words = dict.fromkeys(("description", "error_message", "steps"), "长" * 19000)
        ticket = run(at_work(cast, subject="白屏", **words), "resolve", cast.agent, **resolution())
        row = sources.draft_article(ticket_id=ticket.pk, actor=cast.agent, at=timezone.now())
        text = row.versions.get().texts.get()
        assert text.language == ZH and len(text.symptom) == 20_000
        assert ticket.number in text.symptom[-80:]

    def test_the_article_is_for_the_models_of_the_tickets_devices(self, cast: Cast) -> None:
        laptop = make_asset(cast.agent, name="王敏的笔记本", model="ThinkPad X1")
        program = make_asset(cast.agent, type="software", name="Foxmail", manufacturer="", model="")
        ticket = at_work(cast)
        for asset in (laptop, program):
            link_asset(ticket_id=ticket.pk, asset=asset, actor=cast.agent, at=timezone.now())
        run(ticket, "resolve", cast.agent, **resolution())
        row = sources.draft_article(ticket_id=ticket.pk, actor=cast.agent, at=timezone.now())
        assert [name.name for name in row.applies_to.all()] == ["ThinkPad X1", "Foxmail"]

    def test_a_draft_that_was_thrown_away_may_be_written_again(self, cast: Cast, as_user: Any) -> None:
        ticket = run(at_work(cast), "resolve", cast.agent, **resolution())
        first = sources.draft_article(ticket_id=ticket.pk, actor=cast.agent, at=timezone.now())
        agent, address = as_user(cast.agent), f"/desk/tickets/{ticket.number}/knowledge/"
        assert "Write an article from it" not in agent.get(address).content.decode()
        discard_draft(article_id=first.pk, version=first.version, actor=cast.agent, at=timezone.now())
        assert "Write an article from it" in agent.get(address).content.decode()
        assert agent.post(f"{address}draft/").status_code == 302
        assert agent.post(f"{address}draft/").status_code == 409
        assert TicketArticle.objects.filter(ticket=ticket, kind="written").count() == 2

    def test_nothing_is_copied_from_a_confidential_ticket(self, cast: Cast) -> None:
        ticket = run(at_work(cast), "resolve", cast.agent, **resolution())
        Ticket.objects.filter(pk=ticket.pk).update(is_confidential=True)
        with pytest.raises(Conflict) as caught:
            sources.draft_article(ticket_id=ticket.pk, actor=cast.agent, at=timezone.now())
        assert caught.value.code == "confidential"
        assert not Article.objects.exists()
