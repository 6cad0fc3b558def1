"""The board, an incident's page, what stands on tickets, and the portal: plain forms, in both languages."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.factories import bring_to, make_ticket, resolution, run
from tests.incidents.acts import EN, ZH, declared, link, tell, work
from tests.portal.reading import hidden, text_of
from tickets.models import Category, IncidentReview, IncidentUpdate, MajorIncident, Ticket
from tickets.services.incident_endings import PlannedAction, Review, close_review, resolve

pytestmark = pytest.mark.django_db

PAGES = ["/desk/incidents/", "/desk/incidents/MI-001/", "/desk/incidents/MI-001/resolve/"]


def declare_form(ticket, **answers):
    return {
        "version": ticket.version,
        "title_zh": "财务系统无法登录",
        "title_en": "Finance is down",
        "service": "business_finance",
        "severity": "1",
        "commander": "agent",
        "communication_lead": "lead",
        "update_every_minutes": "30",
        "reason": "全公司",
        "text_zh": ZH,
        "text_en": EN,
        **answers,
    }


class TestDeclaring:
    def test_a_tickets_menu_leads_to_it(self, cast, browse, parent):
        page = browse(cast.agent).get(f"/desk/tickets/{parent.number}/").content.decode()
        assert f"/desk/tickets/{parent.number}/incident/" in page
        dialog = browse(cast.agent).get(f"/desk/tickets/{parent.number}/incident/")
        assert f"/desk/tickets/{parent.number}/incident/declare/" in dialog.content.decode()
        assert "No major incident is open." in text_of(dialog)

    def test_the_form_declares_and_a_second_click_leads_there(self, cast, browse, parent):
        client, path = browse(cast.agent), f"/desk/tickets/{parent.number}/incident/declare/"
        page = client.get(path)
        assert 'value="财务系统白屏"' in page.content.decode()
        form = declare_form(parent)
        answer = client.post(path, form)
        assert (answer.status_code, answer["Location"]) == (303, "/desk/incidents/MI-001/")
        form["version"] = Ticket.objects.get(pk=parent.pk).version
        assert client.post(path, form)["Location"] == "/desk/incidents/MI-001/"
        assert client.get(f"/desk/tickets/{parent.number}/incident/")["Location"] == "/desk/incidents/MI-001/"
        assert "Major incident MI-001" in text_of(client.get(f"/desk/tickets/{parent.number}/"))
        assert IncidentUpdate.objects.get().for_banner

    @pytest.mark.parametrize(
        ("answers", "sentence"),
        [
            ({"reason": ""}, "Why is it a major incident?"),
            ({"title_zh": "", "title_en": ""}, "Say in a few words what doesn't work."),
            ({"commander": "requester"}, "Incident commander"),
            ({"update_every_minutes": "0"}, "Minutes between updates"),
            ({"update_every_minutes": "x"}, "Minutes between updates"),
            ({"severity": "9"}, "Severity"),
            ({"service": "nothing"}, "Service"),
            ({"expected_by_at": "2020-01-01T10:00"}, "Choose a time in the future."),
            ({"text_zh": "a\x00b"}, "Null characters"),
        ],
    )
    def test_bad_answers_keep_what_was_typed(self, cast, browse, parent, answers, sentence):
        path = f"/desk/tickets/{parent.number}/incident/declare/"
        answer = browse(cast.agent).post(path, declare_form(parent, **answers))
        assert answer.status_code == 422
        assert sentence in text_of(answer)
        assert EN.replace("'", "&#x27;") in answer.content.decode()
        assert not MajorIncident.objects.exists()

    def test_a_stale_page_is_told_so(self, cast, browse, parent):
        path = f"/desk/tickets/{parent.number}/incident/declare/"
        assert browse(cast.agent).post(path, declare_form(parent, version=1)).status_code == 409

    def test_who_may_not_work_on_it_may_not_declare_it(self, cast, browse, parent):
        run(parent, "assign", cast.lead, team=cast.first_line)
        path = f"/desk/tickets/{parent.number}/incident/declare/"
        for person, status in ((cast.agent2, 403), (cast.admin, 403), (cast.requester, 404)):
            assert browse(person).get(path).status_code == status
            assert browse(person).post(path, declare_form(parent)).status_code == status


class TestBoard:
    def test_without_any_it_says_so_and_how_long_ago_the_last_one_was(self, cast, browse, parent):
        client = browse(cast.agent)
        assert "There has been none yet." in text_of(client.get("/desk/incidents/"))
        at = timezone.now() - timedelta(days=3)
        incident = declared(parent, cast.agent, at=at)
        run(parent, "resolve", cast.agent, at=at, **resolution())
        resolve(incident_id=incident.pk, covered=[], actor=cast.agent, version=None, at=at + timedelta(hours=1))
        page = text_of(client.get("/desk/incidents/"))
        assert "No major incident is open." in page
        assert "The last one was over" in page
        assert "Resolved, to be reviewed" in page

    def test_a_card_shows_what_matters(self, cast, browse, parent):
        incident = declared(parent, cast.agent, text_zh=ZH, text_en=EN, at=timezone.now() - timedelta(hours=3))
        tickets = [make_ticket(cast.requester2) for _ in range(3)]
        link(incident, cast.agent, *tickets[:2], at=timezone.now() - timedelta(hours=2))
        link(incident, cast.agent, tickets[2])
        page = text_of(browse(cast.agent).get("/desk/incidents/"))
        for words in (
            "Nobody can sign in",
            "Finance system",
            "for 3h",
            "李强",
            "3 linked tickets",
            "1 in the last hour",
        ):
            assert words in page, page
        assert "Update 2h late" in page
        assert EN in page
        chinese = text_of(browse(cast.agent, "zh-hans").get("/desk/incidents/"))
        assert "财务系统无法登录" in chinese
        assert ZH in chinese
        assert "进展超时" in chinese

    def test_the_rail_counts_the_open_ones(self, cast, browse, parent):
        declared(parent, cast.agent)
        page = browse(cast.agent).get("/desk/").content.decode()
        assert 'data-key="g i"' in page
        assert '<span>Major incidents</span><span class="n hot">1</span>' in page

    def test_it_costs_the_same_however_many(self, cast, browse, parent):
        client = browse(cast.agent)
        costs = []
        for count in (1, 5):
            for _ in range(count):
                ticket = make_ticket(cast.requester)
                incident = declared(ticket, cast.agent, service=Category.objects.get(code="business_finance"))
                link(incident, cast.agent, make_ticket(cast.requester2))
            client.get("/desk/incidents/")
            with CaptureQueriesContext(connection) as queries:
                client.get("/desk/incidents/")
            costs.append(len(queries))
        assert costs[0] == costs[1] <= 12, costs

    def test_changes_are_told_not_forced(self, cast, browse, parent):
        incident = declared(parent, cast.agent)
        client = browse(cast.agent)
        mark = client.get("/desk/incidents/").context["mark"]
        assert client.get(f"/desk/incidents/changes/?mark={mark}").status_code == 204
        own = client.get("/desk/incidents/MI-001/").context["mark"]
        assert client.get(f"/desk/incidents/MI-001/changes/?mark={own}").status_code == 204
        link(incident, cast.agent, make_ticket(cast.requester2))
        for path in (f"/desk/incidents/changes/?mark={mark}", f"/desk/incidents/MI-001/changes/?mark={own}"):
            assert "Something changed" in text_of(client.get(path))

    def test_the_queue_and_the_ticket_show_the_flag(self, cast, browse, parent):
        incident = declared(parent, cast.agent)
        ticket = make_ticket(cast.requester2)
        link(incident, cast.agent, ticket)
        client = browse(cast.agent)
        queue = client.get("/desk/")
        assert {row.number: row.incident_number for row in queue.context["page"].rows} == {
            parent.number: "MI-001",
            ticket.number: "MI-001",
        }
        assert queue.content.decode().count('href="/desk/incidents/MI-001/"') == 2
        assert "Part of MI-001" in text_of(client.get(f"/desk/tickets/{ticket.number}/"))


class TestPage:
    def test_a_word_is_published_once_by_plain_form(self, cast, browse, parent):
        declared(parent, cast.agent)
        client, path = browse(cast.agent), "/desk/incidents/MI-001/"
        page = client.get(path)
        assert 'data-key="u"' in page.content.decode()
        form = {"key": hidden(page, "key"), "text_zh": ZH, "text_en": EN, "audiences": ["banner", "requesters"]}
        for _ in range(2):
            assert client.post(f"{path}update/", form)["Location"] == path
        assert IncidentUpdate.objects.count() == 1
        told = client.get(path).content.decode()
        assert f'<div lang="zh-Hans"><div class="text" dir="auto">{ZH}' in told

    def test_what_cannot_be_published_is_kept(self, cast, browse, parent):
        declared(parent, cast.agent)
        client, path = browse(cast.agent), "/desk/incidents/MI-001/"
        form = {"key": "k", "text_zh": ZH, "text_en": "", "audiences": ["banner"]}
        answer = client.post(f"{path}update/", form)
        assert answer.status_code == 422
        assert ZH in answer.content.decode()
        assert "The English text is missing." in text_of(answer)
        assert client.post(f"{path}update/", {**form, "is_forced": "on"}).status_code == 303
        assert client.post(f"{path}update/", {**form, "key": "l", "audiences": ["press"]}).status_code == 422
        assert client.post(f"{path}update/", {**form, "key": ""}).status_code == 422
        used = client.post(f"{path}update/", {**form, "text_en": "other", "is_forced": "on"})
        assert used.status_code == 422

    def test_others_of_the_desk_read_without_a_composer(self, cast, browse, parent):
        run(parent, "assign", cast.lead, team=cast.first_line)
        declared(parent, cast.agent)
        for person in (cast.agent2, cast.admin):
            page = browse(person).get("/desk/incidents/MI-001/")
            assert page.status_code == 200
            assert 'id="composer"' not in page.content.decode()
            assert browse(person).get("/desk/incidents/MI-001/edit/").status_code == 403
            word = {"key": "k", "text_zh": ZH, "text_en": EN, "audiences": ["leads"]}
            assert browse(person).post("/desk/incidents/MI-001/update/", word).status_code == 403

    @pytest.mark.parametrize("path", PAGES)
    def test_requesters_get_the_same_404_as_for_nothing(self, cast, browse, parent, path):
        declared(parent, cast.agent, text_zh=ZH, text_en=EN)
        assert browse(cast.requester).get(path).status_code == 404
        assert browse(cast.agent).get(path.replace("001", "777")).status_code in (200, 404)

    def test_roles_are_changed_by_plain_form(self, cast, browse, parent):
        declared(parent, cast.agent)
        client, path = browse(cast.agent), "/desk/incidents/MI-001/edit/"
        page = client.get(path)
        form = {**declare_form(parent), "version": hidden(page, "version"), "commander": "lead"}
        assert client.post(path, form)["Location"] == "/desk/incidents/MI-001/"
        assert MajorIncident.objects.get().commander == cast.lead
        assert client.post(path, form).status_code == 409
        assert client.post(path, {**form, "severity": ""}).status_code == 422

    def test_tickets_are_linked_and_unlinked(self, cast, browse, parent):
        declared(parent, cast.agent)
        other, third = make_ticket(cast.requester2), make_ticket(cast.colleague)
        client, path = browse(cast.agent), "/desk/incidents/MI-001/"
        wrong = client.post(f"{path}link/", {"tickets": f"{other.number} 777777"})
        assert wrong.status_code == 422
        assert "There is no ticket 777777" in text_of(wrong)
        assert client.post(f"{path}link/", {"tickets": ""}).status_code == 422
        assert client.post(f"{path}link/", {"tickets": parent.number}).status_code == 409
        assert client.post(f"{path}link/", {"tickets": f"#{other.number}，{third.number}"}).status_code == 303
        assert other.number in text_of(client.get(path))
        assert client.post(f"{path}unlink/", {"ticket": other.number}).status_code == 303
        assert client.post(f"{path}unlink/", {"ticket": "\x00"}).status_code == 404
        dialog = f"/desk/tickets/{other.number}/incident/"
        assert client.post(dialog, {"incident": "MI-777"}).status_code == 422
        assert client.post(dialog, {"incident": "MI-001"})["Location"] == f"/desk/tickets/{other.number}/"
        assert "Take it off MI-001" in text_of(client.get(dialog))
        assert client.post(f"{dialog}unlink/").status_code == 303
        assert MajorIncident.objects.get().links.filter(unlinked_at=None).count() == 1

    def test_confidential_tickets_of_others_are_neither_named_nor_counted(self, cast, browse, parent):
        incident = declared(parent, cast.lead)
        secret, seen = make_ticket(cast.requester, subject="CANARY"), make_ticket(cast.requester2)
        link(incident, cast.lead, secret, seen)
        Ticket.objects.filter(pk=secret.pk).update(is_confidential=True, team=cast.first_line)
        for path in PAGES[:2]:
            assert "2 linked tickets" in text_of(browse(cast.agent).get(path))
            page = text_of(browse(cast.agent2).get(path))
            assert "1 linked ticket" in page
            assert "CANARY" not in page


class TestEnding:
    def test_the_journey_from_declaring_to_the_review(self, cast, browse, parent, client):
        """Declare, link three tickets of two requesters, tell, resolve after looking, each confirms, review."""
        agent = browse(cast.agent)
        agent.post(f"/desk/tickets/{parent.number}/incident/declare/", declare_form(parent))
        tickets = [make_ticket(cast.requester2), make_ticket(cast.requester2), make_ticket(cast.colleague)]
        numbers = " ".join(ticket.number for ticket in tickets)
        agent.post("/desk/incidents/MI-001/link/", {"tickets": numbers})
        word = {"key": "k", "text_zh": ZH, "text_en": EN, "audiences": ["banner", "requesters", "leads"]}
        agent.post("/desk/incidents/MI-001/update/", word)
        work()
        english = text_of(browse(cast.requester2, "en").get(f"/tickets/{tickets[0].number}/"))
        assert EN in english
        assert ZH not in english
        chinese = text_of(browse(cast.colleague, "zh-hans").get(f"/tickets/{tickets[2].number}/"))
        assert ZH in chinese
        assert EN not in chinese
        assert EN in text_of(agent.get(f"/desk/tickets/{tickets[0].number}/?tab=system"))

        waiting = agent.get("/desk/incidents/MI-001/resolve/")
        assert "Propose the solution on the incident's ticket first." in text_of(waiting)
        run(Ticket.objects.get(pk=parent.pk), "resolve", cast.agent, **resolution())
        page = agent.get("/desk/incidents/MI-001/resolve/")
        assert all(ticket.number in text_of(page) for ticket in tickets)
        covered = {"version": hidden(page, "version"), "tickets": [tickets[0].pk, tickets[2].pk]}
        stale = agent.post("/desk/incidents/MI-001/resolve/", {**covered, "version": "1"})
        assert stale.status_code == 409
        assert stale.content.decode().count(" checked") == 2
        assert agent.post("/desk/incidents/MI-001/resolve/", covered).status_code == 303
        assert "2 tickets are being resolved." in text_of(agent.get("/desk/incidents/MI-001/"))
        work()
        for ticket, person in ((tickets[0], cast.requester2), (tickets[2], cast.colleague)):
            ticket.refresh_from_db()
            assert ticket.status == "resolved"
            run(ticket, "confirm", person)
        tickets[1].refresh_from_db()
        assert tickets[1].status == "new"

        path = "/desk/incidents/MI-001/review/"
        page = agent.get(path)
        assert "Update on" not in page.content.decode()
        assert EN.replace("'", "&#x27;") in page.content.decode()
        form = {
            "version": hidden(page, "version"),
            "happened": "停了两小时",
            "course": "九点起",
            "cause": "证书过期",
            "went_well": "通知快",
            "what_1": "加监控",
            "owner_1": "agent",
        }
        lacking = agent.post(path, form)
        assert lacking.status_code == 422
        assert "by whom and by when" in text_of(lacking)
        assert agent.post(path, {**form, "due_on_1": "2026-12-24"})["Location"] == path
        document = text_of(agent.get(path))
        assert "停了两小时" in document
        assert "加监控" in document
        assert IncidentReview.objects.get().actions.get().owner == cast.agent
        assert browse(cast.agent2).get(path).status_code == 200
        assert agent.post(path, {**form, "due_on_1": "2026-12-24"}).status_code in (303, 409)

    def test_an_incident_whose_ticket_was_withdrawn_can_end_too(self, cast, browse, parent):
        incident = declared(parent, cast.agent)
        other = make_ticket(cast.requester2)
        link(incident, cast.agent, other)
        run(parent, "withdraw", cast.requester, reason="好了")
        client, path = browse(cast.agent), "/desk/incidents/MI-001/resolve/"
        page = client.get(path)
        assert "was withdrawn" in text_of(page)
        form = {"version": hidden(page, "version")}
        assert client.post(path, {**form, "tickets": [other.pk]}).status_code == 422
        assert client.post(path, form).status_code == 303
        assert MajorIncident.objects.get().state == "resolved"

    def test_an_open_one_has_no_review_yet(self, cast, browse, parent):
        declared(parent, cast.agent)
        assert browse(cast.agent).get("/desk/incidents/MI-001/review/").status_code == 409


class TestPortal:
    def test_the_banner_stands_on_home_and_form_in_the_readers_language(self, cast, browse, parent):
        incident = declared(parent, cast.agent, expected_by_at=timezone.now() + timedelta(hours=2))
        client = browse(cast.requester2)
        assert "affects me" not in text_of(client.get("/"))
        tell(incident, cast.agent)
        for path in ("/", "/tickets/new/"):
            page = text_of(client.get(path))
            assert EN in page
            assert "expected to work again by" in page
            assert "There is no need to report it again." in page
            assert "This affects me too" in page
            assert "李强" not in page
            assert "全公司无法登录" not in page
            chinese = text_of(browse(cast.colleague, "zh-hans").get(path))
            assert ZH in chinese
            assert "我也受影响" in chinese

    def test_one_click_makes_one_ticket(self, cast, browse, parent):
        tell(declared(parent, cast.agent), cast.agent)
        client = browse(cast.requester2)
        first = client.post("/tickets/incidents/MI-001/join/")
        assert first.status_code == 303
        assert client.post("/tickets/incidents/MI-001/join/")["Location"] == first["Location"]
        own = Ticket.objects.get(requester=cast.requester2)
        page = text_of(client.get("/"))
        assert f"You are on the list: #{own.number}" in page
        assert "This affects me too" not in page
        ticket = text_of(client.get(first["Location"]))
        assert "This ticket belongs to a known problem." in ticket
        assert "Nobody can sign in to the finance system" in ticket
        assert client.get("/tickets/incidents/MI-001/join/").status_code == 405
        assert client.post("/tickets/incidents/MI-777/join/").status_code == 404

    def test_the_status_page_tells_what_is_public_and_nothing_else(self, cast, browse, parent):
        incident = declared(parent, cast.agent)
        client = browse(cast.requester2)
        assert "We know of no major problem now." in text_of(client.get("/status/"))
        tell(incident, cast.agent, en="Public word")
        tell(incident, cast.agent, en="CANARY of the leads", to=frozenset({"leads"}))
        tell(incident, cast.agent, zh="只有中文", en="", to=frozenset({"banner"}), is_forced=True)
        page = text_of(client.get("/status/"))
        assert "Public word" in page
        assert "只有中文" in page
        assert "This is not available in your language yet." in page
        for secret in ("CANARY", "李强", parent.number, "全公司无法登录"):
            assert secret not in page
        run(parent, "resolve", cast.agent, **resolution())
        resolve(incident_id=incident.pk, covered=[], actor=cast.agent, version=None, at=timezone.now())
        page = text_of(client.get("/status/"))
        assert "Works again" in page
        assert "This affects me too" not in page
        assert "This affects me too" not in text_of(client.get("/"))

    def test_what_was_resolved_long_ago_is_gone(self, cast, browse, parent):
        at = timezone.now() - timedelta(days=9)
        incident = declared(parent, cast.agent, text_zh=ZH, text_en=EN, at=at)
        run(parent, "resolve", cast.agent, at=at, **resolution())
        resolve(incident_id=incident.pk, covered=[], actor=cast.agent, version=None, at=at)
        assert EN not in text_of(browse(cast.requester2).get("/status/"))

    def test_requesters_read_no_internal_acts_on_their_ticket(self, cast, browse, parent):
        incident = declared(parent, cast.agent)
        other = make_ticket(cast.requester2)
        link(incident, cast.agent, other)
        tell(incident, cast.agent, en="CANARY of the leads", to=frozenset({"leads"}))
        page = text_of(browse(cast.requester).get(f"/tickets/{parent.number}/"))
        assert "declared it a major incident" in page
        for secret in ("CANARY", "全公司无法登录", other.number):
            assert secret not in page

    def test_strangers_are_sent_to_sign_in(self, client):
        assert client.get("/status/").status_code == 302
        assert client.post("/tickets/incidents/MI-001/join/").status_code == 302


def test_a_review_is_for_the_desk(cast, browse, parent):
    incident = declared(parent, cast.agent)
    bring_to(parent, "new", cast.agent)
    run(parent, "resolve", cast.agent, **resolution())
    resolve(incident_id=incident.pk, covered=[], actor=cast.agent, version=None, at=timezone.now())
    close_review(
        incident_id=incident.pk,
        review=Review("a", "b", "c", "d", [PlannedAction("e", cast.lead, timezone.now().date())]),
        actor=cast.agent,
        version=None,
        at=timezone.now(),
    )
    assert browse(cast.requester).get("/desk/incidents/MI-001/review/").status_code == 404
    assert "Closed with a review" in text_of(browse(cast.agent).get("/desk/incidents/"))
