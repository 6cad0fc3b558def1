"""Answers before tickets and beside them: suggestions in portal, calls, workspace and API (M3.2-2)."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from helpdesk.common.errors import InvalidInput
from knowledge.choices import EN, ZH
from knowledge.models import Article, ArticleSearch, Deflection, Topic
from tests.api.client import refusal
from tests.api.conftest import api
from tests.assets.acts import handed_out, make_asset
from tests.cast import Cast
from tests.desk.conftest import as_user
from tests.desk.test_call import said
from tests.devices.acts import article, at_work, many
from tests.factories import classification, make_ticket, resolution, run
from tests.incidents.acts import declared, link, tell
from tests.portal.conftest import browse
from tests.portal.reading import text_of
from tickets.models import Category, Draft, Ticket, TicketArticle, TicketSearch
from tickets.services import audit, sources
from tickets.suggestions import articles_for, open_like, solved_like

__all__ = ["api", "as_user", "browse"]
pytestmark = pytest.mark.django_db


class TestPortal:
    def test_an_article_is_offered_and_ends_it_without_a_ticket(self, cast: Cast, browse: Any) -> None:
        known = article(cast)
        client = browse(cast.requester, "zh-hans")
        page = client.get("/tickets/new/suggestions/?subject=VPN+又断线了").content.decode()
        assert "VPN 断线怎么办" in page and f'value="{known.pk}"' in page
        client.post("/tickets/new/draft/", {"subject": "VPN 又断线了"})
        said = client.post("/tickets/new/solved/", {"article": known.pk, "subject": "VPN 又断线了"}, follow=True)
        assert said.status_code == 200
        row = Deflection.objects.get()
        assert (row.article, row.person, row.place) == (known, cast.requester, "portal")
        assert not Ticket.objects.exists() and not Draft.objects.exists()

    def test_the_page_itself_shows_them_for_what_the_start_page_brought(self, cast: Cast, browse: Any) -> None:
        article(cast)
        page = text_of(browse(cast.requester).get("/tickets/new/?subject=VPN drops"))
        assert "This may help at once" in page and "VPN drops" in page
        nothing = text_of(browse(cast.requester).get("/tickets/new/?subject=咖啡机坏了"))
        assert "There is no ready answer. Please go on." in nothing

    def test_it_is_read_as_it_was_formatted_and_says_when_it_is_in_the_other_language(
        self, cast: Cast, browse: Any
    ) -> None:
        article(cast, {ZH: {"title": "VPN 断线怎么办", "symptom": "**每隔**几分钟断线", "solution": "重新导入证书"}})
        address = "/tickets/new/suggestions/?subject=VPN+断线"
        page = browse(cast.requester, "en").get(address).content.decode()
        assert "<strong>每隔</strong>" in page and "简体中文" in page
        assert "简体中文" not in browse(cast.requester, "zh-hans").get(address).content.decode()

    def test_articles_for_the_chosen_device_come_first(self, cast: Cast, browse: Any, as_user: Any) -> None:
        texts = {EN: {"title": "Docking station shows no picture", "solution": "Update the firmware."}}
        second = article(cast, texts, applies_to=["ThinkPad X1"])
        first = article(cast, texts)
        handed_out(cast.agent, cast.requester, tag="PC-1")
        client, words = browse(cast.requester), "subject=docking+station"
        for device, expected in (("PC-1", [second, first]), ("none", [first, second]), ("PC-0", [first, second])):
            found = client.get(f"/tickets/new/suggestions/?{words}&device={device}").context["articles"]
            assert [one.article for one in found] == expected, device
        whole = client.get(f"/tickets/new/?{words}").context["articles"]
        assert [one.article for one in whole] == [second, first]
        for name, expected in (("asset", [second, first]), ("named", [second, first]), ("x", [first, second])):
            known = as_user(cast.agent).get(f"/desk/known/?{words}&{name}=pc-1").context["articles"]
            assert [one.article for one in known] == expected, name

    @pytest.mark.parametrize("count", [120, 600])
    def test_articles_that_others_read_hide_none(self, cast: Cast, count: int) -> None:
        known = article(cast)
        for number in range(30):
            article(cast, {EN: {"title": f"Printer {number} is offline", "solution": "Switch it on."}})
        many(article(cast, audience="staff"), ArticleSearch, count, slug="vpn")
        assert [one.article for one in articles_for("VPN 断线 every few minutes", cast.requester)] == [known]

    def test_ones_own_open_ticket_is_pointed_at(self, cast: Cast, browse: Any) -> None:
        own = make_ticket(cast.requester, subject="财务系统白屏")
        make_ticket(cast.requester2, subject="财务系统白屏 CANARY")
        page = browse(cast.requester).get("/tickets/new/suggestions/?subject=财务系统又白屏").content.decode()
        assert own.number in page and "CANARY" not in page
        assert open_like("财务系统白屏", cast.colleague) == []

    def test_what_is_not_for_them_is_never_suggested(self, cast: Cast, browse: Any) -> None:
        hidden = article(cast, audience="staff")
        client = browse(cast.requester)
        assert "VPN" not in client.get("/tickets/new/suggestions/?subject=VPN drops").content.decode().replace(
            'value="VPN drops"', ""
        )
        assert client.post("/tickets/new/solved/", {"article": hidden.pk}).status_code == 404
        assert client.post("/tickets/new/solved/", {"article": "x"}).status_code == 404


class TestSuggestions:
    def test_the_device_model_decides_between_alike_articles(self, cast: Cast) -> None:
        texts = {EN: {"title": "Docking station shows no picture", "solution": "Update the firmware."}}
        first = article(cast, texts)
        second = article(cast, texts, applies_to=["ＴｈｉｎｋＰａｄ X1"])
        laptop = make_asset(cast.agent, model="thinkpad x1")
        program = make_asset(cast.agent, type="software", name="ThinkPad X1", model="", manufacturer="")
        for device in (laptop, program):
            found = articles_for("docking station without picture", cast.agent, devices=[device])
            assert [one.article for one in found] == [second, first]
        assert len(articles_for("x", cast.agent)) == 0

    def test_a_topic_called_like_the_category_counts_a_little(self, cast: Cast) -> None:
        texts = {EN: {"title": "Docking station shows no picture", "solution": "Update the firmware."}}
        topic = Topic.objects.create(name_zh="印表机", name_en="PRINTING and scanning")
        second = article(cast, texts, topics=[topic])
        first = article(cast, texts)
        category = Category.objects.get(code="printing")
        child = Category.objects.create(code="printing_scan", name_zh="扫描", name_en="Scanning", parent=category)
        words = "docking station without picture"
        for near in (category, child):
            found = articles_for(words, cast.agent, category=near)
            assert [one.article for one in found] == [second, first]
        assert [one.article for one in articles_for(words, cast.agent)] == [first, second]

    def test_one_word_in_common_is_no_answer_where_there_is_a_better_one(self, cast: Cast) -> None:
        white = article(cast, {ZH: {"title": "财务系统打开是白页", "solution": "登录后按 Ctrl + F5。"}})
        password = article(cast, {ZH: {"title": "忘记开机密码", "solution": "用短信登录。"}})
        assert [one.article for one in articles_for("财务系统登录后白页", cast.agent)] == [white]
        assert [one.article for one in articles_for("登录密码", cast.agent)] == [password]

    def test_solved_tickets_like_this_one(self, cast: Cast) -> None:
        old = run(at_work(cast, subject="打印机卡纸"), "resolve", cast.agent, **resolution())
        run(at_work(cast, subject="邮箱满了"), "resolve", cast.agent, **resolution())
        make_ticket(cast.requester, subject="打印机卡纸")
        new = make_ticket(cast.requester2, subject="三楼打印机又卡纸了")
        assert solved_like(new.subject, cast.agent, but=new) == [old]
        Ticket.objects.filter(pk=old.pk).update(is_confidential=True)
        for person in (cast.agent, cast.agent2):
            assert solved_like(new.subject, person, but=new) == []
        with pytest.raises(InvalidInput):
            sources.link_ticket(ticket_id=new.pk, other=old, actor=cast.agent, at=timezone.now())

    @pytest.mark.parametrize("count", [120, 300])
    def test_many_open_tickets_like_it_hide_no_solved_one(self, cast: Cast, count: int) -> None:
        """When much is broken, what solved it before is wanted most."""
        old = run(at_work(cast, subject="打印机卡纸"), "resolve", cast.agent, **resolution())
        many(make_ticket(cast.requester, subject="邮箱满了"), TicketSearch, 3000, number="mail")
        many(make_ticket(cast.requester, subject="打印机卡纸"), TicketSearch, count, number="jam")
        new = make_ticket(cast.requester2, subject="三楼打印机又卡纸了")
        assert solved_like(new.subject, cast.agent, but=new) == [old]


class TestSameTrouble:
    """Other open tickets of the requester, and running incidents, where the desk would look for them (M3.2-2)."""

    def test_beside_the_ticket_and_while_it_is_classified(self, cast: Cast, as_user: Any, api: Any) -> None:
        known = article(cast)
        other = make_ticket(cast.requester, subject="VPN 断线")
        make_ticket(cast.requester2, subject="VPN 断线 CANARY")
        incident = declared(make_ticket(cast.colleague, subject="全公司断网"), cast.lead)
        ticket = make_ticket(cast.requester, subject="VPN 又断线")
        agent, base = as_user(cast.agent, "zh-hans"), f"/desk/tickets/{ticket.number}/"
        for page in ("knowledge/", "do/classify/"):
            shown = agent.get(f"{base}{page}", HTTP_HX_REQUEST="true").content.decode()
            assert f"/desk/tickets/{other.number}/" in shown and f"/desk/incidents/{incident.number}/" in shown, page
            assert f"/knowledge/{known.pk}/" in shown and "CANARY" not in shown, page
        refused = agent.post(f"{base}do/classify/", {"impact": ""})
        assert refused.status_code == 422 and other.number in refused.content.decode()
        assert other.number not in agent.get(f"{base}do/assign/").content.decode()
        said = api(cast.agent).get(f"tickets/{ticket.number}/suggestions/", Accept_Language="en").json()
        assert said["requester_tickets"] == [{"number": other.number, "subject": "VPN 断线"}]
        assert said["incidents"] == [{"number": incident.number, "title": incident.title_en, "colleagues": 1}]

    def test_what_the_viewer_may_not_see_is_not_hinted_at(self, cast: Cast, api: Any) -> None:
        other = make_ticket(cast.requester, subject="VPN 断线")
        run(other, "assign", cast.lead, team=cast.applications)
        Ticket.objects.filter(pk=other.pk).update(is_confidential=True)
        ticket = make_ticket(cast.requester, subject="VPN 又断线")
        said = api(cast.agent).get(f"tickets/{ticket.number}/suggestions/").json()
        assert (said["requester_tickets"], said["incidents"]) == ([], [])

    def test_a_ticket_of_an_incident_or_one_that_is_over_is_asked_nothing(self, cast: Cast, api: Any) -> None:
        incident = declared(make_ticket(cast.colleague), cast.lead)
        make_ticket(cast.requester, subject="VPN 断线")
        ticket = make_ticket(cast.requester, subject="VPN 又断线")
        address = f"tickets/{ticket.number}/suggestions/"
        link(incident, cast.lead, ticket)
        assert api(cast.agent).get(address).json()["incidents"] == []
        run(ticket, "withdraw", cast.requester, reason="不需要了")
        assert api(cast.agent).get(address).json()["requester_tickets"] == []

    def test_the_panel_asks_few_queries(self, cast: Cast, as_user: Any) -> None:
        article(cast)
        for _number in range(4):
            run(at_work(cast, subject="VPN 断线"), "resolve", cast.agent, **resolution())
            make_ticket(cast.requester, subject="VPN 断线")
            declared(make_ticket(cast.colleague), cast.lead)
        ticket = at_work(cast, subject="VPN 又断线")
        agent = as_user(cast.agent)
        with CaptureQueriesContext(connection) as asked:
            agent.get(f"/desk/tickets/{ticket.number}/knowledge/", HTTP_HX_REQUEST="true")
        assert len(asked) <= 40


class TestApi:
    def test_before_there_is_a_ticket_public_incidents_are_told(self, cast: Cast, api: Any) -> None:
        incident = declared(make_ticket(cast.colleague), cast.lead)
        requester = api(cast.requester)
        assert requester.get("suggestions/?text=断网").json()["incidents"] == []
        tell(incident, cast.lead)
        expected = {"number": incident.number, "title": incident.title_en, "own_ticket": None}
        found = requester.get("suggestions/?text=断网", Accept_Language="en").json()
        assert found["incidents"] == [expected]

    def test_articles_for_the_device_come_first(self, cast: Cast, api: Any) -> None:
        texts = {EN: {"title": "Docking station shows no picture", "solution": "Update the firmware."}}
        second = article(cast, texts, applies_to=["ThinkPad X1"])
        first = article(cast, texts)
        handed_out(cast.agent, cast.requester, tag="PC-1")
        requester, address = api(cast.requester), "suggestions/?text=docking+station"
        assert [row["id"] for row in requester.get(address).json()["articles"]] == [first.pk, second.pk]
        found = requester.get(f"{address}&asset=pc-1").json()["articles"]
        assert [row["id"] for row in found] == [second.pk, first.pk]
        assert set(refusal(requester.get(f"{address}&asset=PC-0"))[2]) == {"asset"}

    def test_from_the_suggestion_to_the_article(self, cast: Cast, api: Any) -> None:
        known = article(cast)
        requester, agent = api(cast.requester), api(cast.agent)
        found = requester.get("suggestions/?text=VPN+drops", Accept_Language="en").json()
        assert [(row["id"], row["title"]) for row in found["articles"]] == [(known.pk, "VPN drops")]
        assert requester.post("suggestions/solved/", {"article": known.pk}).status_code == 201
        assert set(refusal(requester.post("suggestions/solved/", {"article": 777}))[2]) == {"article"}
        old = run(at_work(cast, subject="VPN 断线"), "resolve", cast.agent, **resolution())
        ticket = at_work(cast, subject="VPN 断线")
        base = f"tickets/{ticket.number}"
        suggested = agent.get(f"{base}/suggestions/").json()
        assert [row["number"] for row in suggested["tickets"]] == [old.number]
        assert agent.post(f"{base}/sources/", {"ticket": old.number}).status_code == 201
        kept = agent.post(f"{base}/sources/", {"article": known.pk, "is_used": True}).json()
        assert (kept["articles"][0]["kind"], kept["tickets"][0]["ticket"]) == ("used", old.number)
        assert refusal(agent.post(f"{base}/sources/", {"ticket": old.number}))[:2] == (409, "already_linked")
        assert set(refusal(agent.post(f"{base}/sources/", {}))[2]) == {"article"}
        assert refusal(agent.post(f"{base}/article/", {}))[:2] == (409, "no_solution")
        run(ticket, "resolve", cast.agent, **resolution())
        assert set(refusal(agent.post(f"{base}/article/", {"language": "fr"}))[2]) == {"language"}
        drafted = agent.post(f"{base}/article/", {})
        assert drafted.status_code == 201
        text = Article.objects.get(pk=drafted.json()["article"]).versions.get().texts.get()
        assert (text.title, text.language) == ("VPN 断线", ZH)


class TestHotline:
    def test_solving_a_call_with_an_article(self, cast: Cast, as_user: Any) -> None:
        known = article(cast)
        agent = as_user(cast.agent, "zh-hans")
        assert "VPN 断线怎么办" in agent.get("/desk/known/?subject=VPN 又断线").content.decode()
        part = agent.post("/desk/known/solution/?for=call", {"use": known.pk}).content.decode()
        assert "重新导入证书" in part and f'name="article" value="{known.pk}"' in part
        sent = {**classification(), **resolution(), "category": "network_vpn", "outcome": "solved"}
        values = {name: getattr(value, "pk", value) for name, value in sent.items()}
        assert agent.post("/desk/call/", said(**values, article=known.pk, solved="1")).status_code == 303
        ticket = Ticket.objects.get()
        assert (ticket.is_first_contact_fix, TicketArticle.objects.get().kind) == (True, "used")
        assert Article.objects.get().solved_tickets == 1
        assert audit.verify() == []

    def test_what_was_typed_already_stays_before_the_articles_words(self, cast: Cast, as_user: Any) -> None:
        known = article(cast)
        agent = as_user(cast.agent, "zh-hans")
        typed = {"cause": "我写的原因", "solution": "先重启", "verification": "用户试过", "use": known.pk}
        part = agent.post("/desk/known/solution/?for=call", typed)
        form = part.context["form"]
        assert form["cause"].value() == "我写的原因\n\n证书过期"
        assert form["solution"].value() == "先重启\n\n重新导入证书"
        assert form["verification"].value() == "用户试过"
        assert 'name="solved"' in part.content.decode()
        again = agent.post(
            "/desk/known/solution/", {"solution": "先重启\r\n\r\n重新导入证书", "use": known.pk, "after": "1"}
        )
        assert again.context["form"]["solution"].value() == "先重启\n\n重新导入证书"
        assert 'name="solved"' not in again.content.decode()
        assert agent.get(f"/desk/known/solution/?use={known.pk}").status_code == 405

    @pytest.mark.parametrize("address", ["/desk/call/", "/desk/new/"])
    def test_the_answers_are_there_without_script(self, cast: Cast, as_user: Any, address: str) -> None:
        known = article(cast)
        agent = as_user(cast.agent, "zh-hans")
        title, sent = "VPN 断线怎么办", said(subject="VPN 又断线", channel="phone")
        assert title not in agent.get(address).content.decode()
        agent.post(f"{address}draft/", sent)
        assert title in agent.get(address).content.decode()
        refused = agent.post(address, {**sent, "description": ""})
        assert refused.status_code == 422 and title in refused.content.decode()
        taken = agent.post(address, {**sent, "solution": "先重启", "use": known.pk})
        form = taken.context["form"]
        assert (taken.status_code, form["solution"].value()) == (200, "先重启\n\n重新导入证书")
        assert (form["subject"].value(), form["article"].value()) == ("VPN 又断线", known.pk)
        assert agent.post(address, {**sent, "use": "x"}).status_code == 404
        assert not Ticket.objects.exists()

    @pytest.mark.parametrize("sheet", ["call", "new"])
    def test_an_article_that_was_all_they_needed(self, cast: Cast, as_user: Any, sheet: str) -> None:
        known = article(cast)
        agent = as_user(cast.agent)
        for each in ("call", "new"):
            agent.post(f"/desk/{each}/draft/", said(subject="VPN 断线"))
        assert 'form="without-ticket" name="article"' in agent.get(f"/desk/{sheet}/").content.decode()
        sent = {"article": known.pk, **({"for": "call"} if sheet == "call" else {})}
        assert agent.post("/desk/known/solved/", {**sent, "is_apart": "1"}).status_code == 303
        assert Draft.objects.count() == 2
        assert agent.post("/desk/known/solved/", sent).status_code == 303
        row = Deflection.objects.first()
        assert row is not None and (row.person, Ticket.objects.count()) == (None, 0)
        assert row.place == {"call": "call", "new": "walk_in"}[sheet]
        assert [draft.mode for draft in Draft.objects.all()] == [{"call": "on_behalf", "new": "call"}[sheet]]
        assert agent.post("/desk/known/solved/", {"article": "x"}).status_code == 404
        assert as_user(cast.requester).get("/desk/known/?subject=VPN").status_code in (302, 403, 404)
