"""The process of one ticket, and the report over many: counts, their lists, and who may see what (M1.2-3, M1.2-4)."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from helpdesk.accounts.models import User
from tests.factories import bring_to, make_ticket, reply, resolution, run
from tests.surveys.acts import closed, rate
from tickets.conformance import CLAUSES, State
from tickets.diagnosis import Finding, StepKind
from tickets.models import Category, Ticket, TicketEvent
from tickets.process import members, tally, verdicts_of
from tickets.services.diagnosis import Plan, Result, log_step

pytestmark = pytest.mark.django_db
REPORT = "/reports/conformance/"


@pytest.fixture
def tickets(cast):
    """One of each way: confirmed, workaround, unconfirmed with and without a reminder, withdrawn, and new."""
    at = timezone.now()
    made = {"confirmed": closed(cast), "new": make_ticket(cast.requester2)}
    made["workaround"] = bring_to(make_ticket(cast.requester), "in_progress", cast.agent)
    run(made["workaround"], "resolve", cast.agent, **resolution("workaround"))
    run(made["workaround"], "confirm", cast.requester)
    made["silent"] = bring_to(make_ticket(cast.requester), "resolved", cast.agent)
    run(made["silent"], "close", None, at=at + timedelta(days=6))
    made["withdrawn"] = bring_to(make_ticket(cast.requester), "cancelled", cast.agent)
    made["skipped"] = bring_to(make_ticket(cast.requester2), "classified", cast.agent)
    run(made["skipped"], "resolve", cast.agent, **resolution())
    return made


def numbers(page: str) -> set[str]:
    return set(re.findall(r'<td class="num" data-label="[^"]*">(\w+)</td>', page))


class TestOneTicket:
    def test_the_page_shows_each_clause_with_links_to_the_acts(self, browse, cast, tickets):
        ticket = tickets["confirmed"]
        page = browse(cast.agent).get(reverse("desk:process", args=[ticket.number])).content.decode()
        for words in ("Receipt confirmed", "Classified", "Confirmed by the requester", "M3.5-1", "M3.5-4"):
            assert words in page
        confirm = ticket.events.get(code="confirm")
        assert f"/desk/tickets/{ticket.number}/?all=1#e{confirm.sequence}" in page
        record = browse(cast.agent).get(f"/desk/tickets/{ticket.number}/?all=1").content.decode()
        assert f'id="e{confirm.sequence}"' in record

    def test_every_link_of_a_ticket_solved_at_first_contact_leads_somewhere(self, browse, cast):
        ticket = make_ticket(cast.requester)
        category = Category.objects.get(code="business_finance")
        said = {"impact": "person", "urgency": "blocked", "category": category}
        run(ticket, "resolve", cast.agent, **resolution(), **said)
        page = browse(cast.agent).get(reverse("desk:process", args=[ticket.number])).content.decode()
        record = browse(cast.agent).get(f"/desk/tickets/{ticket.number}/?all=1").content.decode()
        anchors = set(re.findall(r"\?all=1#([\w-]+)", page))
        assert anchors and all(f'id="{anchor}"' in record for anchor in anchors)

    def test_the_workspace_counts_and_names_what_was_skipped(self, browse, cast, tickets):
        page = browse(cast.agent).get(f"/desk/tickets/{tickets['skipped'].number}/").content.decode()
        assert "1 skipped" in page and reverse("desk:process", args=[tickets["skipped"].number]) in page

    def test_in_chinese_too(self, browse, cast, tickets):
        page = browse(cast.agent, language="zh-hans").get(reverse("desk:process", args=[tickets["silent"].number]))
        assert page.status_code == 200

    def test_it_is_the_desks_and_hidden_tickets_stay_hidden(self, browse, cast, tickets):
        url = reverse("desk:process", args=[tickets["confirmed"].number])
        assert browse(cast.requester).get(url).status_code == 404
        Ticket.objects.filter(pk=tickets["confirmed"].pk).update(is_confidential=True)
        assert browse(cast.agent2).get(url).status_code == 404
        assert browse(cast.agent).get(url).status_code == 200


class TestCounting:
    def test_counting_many_agrees_with_judging_each(self, cast, tickets):
        counts = tally(Ticket.objects.all())
        events = TicketEvent.objects.select_related("actor").order_by("sequence")
        judged = {
            ticket.pk: verdicts_of(ticket, events.filter(ticket=ticket))
            for ticket in Ticket.objects.select_related("outcome")
        }
        for clause in CLAUSES:
            for state in State:
                mine = {pk for pk, verdicts in judged.items() if verdicts[clause].state == state}
                assert set(members(Ticket.objects.all(), clause, state)) == mine
                assert counts[clause][state] == len(mine)

    def test_batches_make_no_difference(self, tickets, monkeypatch):
        whole = tally(Ticket.objects.all())
        monkeypatch.setattr("tickets.process.BATCH", 2)
        assert tally(Ticket.objects.all()) == whole

    def test_the_work_of_people_who_left_still_counts(self, cast):
        ticket = bring_to(make_ticket(cast.requester), "in_progress", cast.agent)
        reply(ticket, cast.agent)
        User.objects.filter(pk=cast.agent.pk).update(is_active=False)
        assert tally(Ticket.objects.all())["M3.3.3-1"][State.FOLLOWED] == 1


class TestThePage:
    def test_each_figure_counts_exactly_its_list(self, browse, cast, tickets):
        rate(tickets["confirmed"], 2)
        client = browse(cast.lead)
        page = client.get(REPORT).content.decode()
        found = re.findall(r'href="(/reports/conformance/tickets/\?[^"]+)">(\d+)<', page)
        assert len(found) > 10
        for url, count in found:
            shown = client.get(url.replace("&amp;", "&")).content.decode()
            assert len(numbers(shown)) == int(count), url
        tiles = re.findall(
            r'href="(/reports/conformance/tickets/\?[^"]+)"><span class="l">[^<]*</span><b class="num">(\d+)', page
        )
        assert len(tiles) == 7
        for url, count in tiles:
            assert len(numbers(client.get(url.replace("&amp;", "&")).content.decode())) == int(count), url

    def test_first_contact_and_screening_are_counted(self, browse, cast, tickets):
        ticket = bring_to(make_ticket(cast.requester), "in_progress", cast.agent)
        plan = Plan(kind=StepKind.SCREENING, action="重启浏览器")
        for finding in (Finding.NOT_SOLVED, Finding.SOLVED):
            log_step(ticket_id=ticket.pk, plan=plan, result=Result(finding), actor=cast.agent, at=timezone.now())
        client = browse(cast.lead)
        for figure in ("screened", "screened_solved"):
            page = client.get(f"{REPORT}tickets/?figure={figure}").content.decode()
            assert numbers(page) == {ticket.number}
        page = client.get(f"{REPORT}tickets/?figure=M3.2-2&state=followed").content.decode()
        assert numbers(page) == {ticket.number}

    def test_few_ratings_are_marked(self, browse, cast, tickets):
        rate(tickets["confirmed"], 5)
        page = browse(cast.lead).get(REPORT).content.decode()
        assert "Few answers" in page and ">5.0<" in page.replace("5.0 ", "5.0")

    def test_period_team_and_category_narrow_it(self, browse, cast, tickets):
        client = browse(cast.lead)
        at = datetime(2026, 3, 1, 15, 59, tzinfo=UTC)  # 23:59 in Shanghai
        old = make_ticket(cast.requester, at=at)
        run(old, "assign", cast.lead, at=at, team=cast.applications)
        url = f"{REPORT}tickets/?figure=all&since=2026-03-01&until=2026-03-01"
        assert numbers(client.get(url).content.decode()) == {old.number}
        assert numbers(client.get(url.replace("03-01", "03-02")).content.decode()) == set()
        assert numbers(client.get(f"{url}&team={cast.applications.pk}").content.decode()) == {old.number}
        assert numbers(client.get(f"{url}&team={cast.first_line.pk}").content.decode()) == set()
        above = Category.objects.get(code="business_finance").parent
        inside = numbers(client.get(f"{REPORT}tickets/?figure=all&category={above.code}").content.decode())
        assert tickets["confirmed"].number in inside and tickets["new"].number not in inside

    def test_nothing_in_the_period_is_said(self, browse, cast):
        page = browse(cast.lead).get(f"{REPORT}?since=2020-01-01&until=2020-01-31")
        assert page.status_code == 200 and "No ticket was submitted" in page.content.decode()

    @pytest.mark.parametrize(
        ("query", "said"),
        [
            ("since=yesterday", "Enter a valid date"),
            ("since=0001-01-01", "between 1970 and 2200"),
            ("since=2026-02-01&until=2026-01-01", "before the first one"),
            ("team=x", "Select a valid choice"),
            ("category=nothing", "Select a valid choice"),
        ],
    )
    def test_what_cannot_be_read_is_said_beside_its_field(self, browse, cast, query, said):
        client = browse(cast.lead)
        page = client.get(f"{REPORT}?{query}")
        assert page.status_code == 422 and said in page.content.decode()
        for path in ("tickets/", "csv/"):
            assert client.get(f"{REPORT}{path}?figure=all&{query}").status_code == 400
        assert client.get(f"/reports/events/?{query}").status_code == 400

    @pytest.mark.parametrize("query", ["figure=x", "", "figure=M3.5-1", "figure=M3.5-1&state=x"])
    def test_a_list_that_there_is_not(self, browse, cast, query):
        assert browse(cast.lead).get(f"{REPORT}tickets/?{query}").status_code == 404

    def test_who_may_read_reports(self, browse, cast):
        for path in ("/reports/conformance/", "/reports/conformance/csv/", "/reports/events/"):
            for person, status in (("lead", 200), ("admin", 200), ("agent", 403), ("liaison", 403), ("requester", 404)):
                assert browse(getattr(cast, person)).get(path).status_code == status, (path, person)
            assert browse(None).get(path).status_code == 302
        assert browse(cast.lead).get("/reports/").url == REPORT
        assert REPORT in browse(cast.lead).get("/desk/").content.decode()
        assert REPORT not in browse(cast.agent).get("/desk/").content.decode()

    def test_what_a_lead_may_not_see_is_counted_nowhere(self, browse, cast, tickets):
        hidden = tickets["new"]
        Ticket.objects.filter(pk=hidden.pk).update(is_confidential=True, team=cast.applications)
        client = browse(cast.lead)
        for path in (f"{REPORT}tickets/?figure=all", "/reports/events/?format=csv", "/reports/events/?format=xes"):
            answer = client.get(path)
            text = b"".join(answer.streaming_content) if answer.streaming else answer.content
            assert hidden.number not in text.decode() and tickets["silent"].number in text.decode()
        rows = csv.reader(io.StringIO(client.get(f"{REPORT}csv/").content.decode("utf-8-sig")))
        assert {row[4]: row[6] for row in rows}["all"] == str(len(tickets) - 1)

    def test_the_table_is_safe_in_a_spreadsheet(self, browse, cast, tickets):
        cast.first_line.name_en = "=HYPERLINK(1)"
        cast.first_line.save()
        answer = browse(cast.lead).get(f"{REPORT}csv/?team={cast.first_line.pk}")
        assert answer["Content-Disposition"].startswith('attachment; filename="conformance-')
        rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
        assert rows[1][2] == "'=HYPERLINK(1)"
        assert [row[4] for row in rows[1 : len(CLAUSES) + 1]] == list(CLAUSES)

    def test_the_number_of_queries_does_not_grow_with_the_tickets(self, browse, cast, django_assert_max_num_queries):
        for _number in range(3):
            closed(cast)
        client = browse(cast.lead)
        client.get(REPORT)
        with django_assert_max_num_queries(20):
            client.get(REPORT)
