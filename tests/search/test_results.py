"""The page of results, the palette and the API's search: what each shows, to whom, whatever is typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from helpdesk.accounts.people_lookup import find_people
from helpdesk.finding import everything
from tests.cast import Cast, assemble
from tests.factories import UserFactory, bring_to, make_ticket, reply
from tickets.models import ConfidentialRead, Ticket

pytestmark = pytest.mark.django_db

NASTY = (
    "",
    " ",
    '"',
    "'; DROP TABLE tickets_ticket; --",
    "((((*",
    "&|!<->",
    "%_\\",
    "c#",
    "NOT (a OR b) NEAR/2 c*",
    "status:",
    "-",
    "--",
    "created:9999-99-99",
    "a\x00b status:\x00",
    "<script>alert(1)</script>",
    "中" * 400,
    "x " * 2_000,
    "requester:" + "a" * 190,
    "\u202egnp.exe",
    "device:%",
    "number:#",
    "-status:new -assignee:me",
)


@pytest.fixture
def cast() -> Cast:
    return assemble()


@pytest.fixture
def as_(client: Client) -> Callable[..., Client]:
    def sign_in(person: Any) -> Client:
        client.force_login(person)
        client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
        return client

    return sign_in


def groups(client: Client, text: str, **more: Any) -> dict[str, dict[str, Any]]:
    answer = client.get("/api/v1/search/", {"q": text, **more}).json()
    return {group["kind"]: group for group in answer["groups"]}


def palette(client: Client, text: str) -> list[str]:
    answer = client.get("/search/palette/", {"q": text}).json()
    return [hit["key"] for group in answer["groups"] for hit in group["hits"]]


def test_the_desk_finds_tickets_and_people_with_their_hits_marked(cast: Cast, as_: Callable[..., Client]) -> None:
    ticket = make_ticket(cast.requester, subject="打印机卡纸", description="五楼的 <b>打印机</b> 又卡了。")
    page = as_(cast.agent).get("/search/", {"q": "打印机"}).content.decode()
    assert f"/desk/tickets/{ticket.number}/" in page
    assert "<mark>打印机</mark>卡纸" in page
    assert "&lt;b&gt;<mark>打印机</mark>&lt;/b&gt;" in page or "<mark>打印机</mark>&lt;/b&gt;" in page
    page = as_(cast.agent).get("/search/", {"q": "王敏"}).content.decode()
    assert "<mark>王敏</mark>" in page and "requester=requester" in page


@pytest.mark.parametrize("text", ["lq", "liqiang", "李强", "agent", "ｌｑ", '"李强"', "“li qiang”", "ＬｉＱｉａｎｇ"])
def test_people_are_found_by_name_sound_and_initials(cast: Cast, as_: Callable[..., Client], text: str) -> None:
    client = as_(cast.lead)
    assert "agent" in [hit["key"] for hit in groups(client, text)["people"]["results"]]
    assert "agent" in palette(client, text)
    found = client.get("/api/v1/users/", {"search": text}).json()["results"]
    assert [person["username"] for person in found if person["name"] == "李强"] == ["agent"]


@pytest.mark.parametrize("text", ["c#", "a+", '"', "q&a"])
def test_signs_are_no_sound_of_a_name(cast: Cast, as_: Callable[..., Client], text: str) -> None:
    client = as_(cast.lead)
    assert groups(client, text)["people"]["count"] == 0
    assert client.get("/api/v1/users/", {"search": text}).json()["results"] == []


def test_colleagues_are_offered_by_the_sound_of_their_name(cast: Cast) -> None:
    UserFactory(username="zm", full_name="张明（财务）", department=cast.finance)
    for text, name in (("zhouhang", "colleague"), ("zhou", "colleague"), ("ＺＨＯＵ", "colleague"), ("张明（财", "zm")):
        assert [person.username for person in find_people(cast.requester, text)] == [name], text
    assert find_people(cast.requester, "liqiang") == []


def test_requesters_find_their_own_tickets_in_the_portal_and_no_people(cast: Cast, as_: Callable[..., Client]) -> None:
    mine, other = make_ticket(cast.requester, subject="白屏一"), make_ticket(cast.requester2, subject="白屏二")
    client = as_(cast.requester)
    page = client.get("/search/", {"q": "白屏"}).content.decode()
    assert f"/tickets/{mine.number}/" in page and other.number not in page
    assert set(groups(client, "王敏")) == {"tickets", "articles", "assets"}
    assert groups(client, "白屏")["tickets"]["count"] == 1
    assert client.get("/search/palette/", {"q": "白"}).status_code == 404
    assert client.get("/api/v1/search/", {"q": "x", "kind": "people"}).status_code == 400


def test_strangers_are_led_to_the_sign_in(db: None) -> None:
    assert Client().get("/search/?q=x").status_code == 302
    assert Client().get("/api/v1/search/?q=x").status_code == 401


@pytest.mark.parametrize("text", NASTY)
def test_whatever_is_typed_is_answered(cast: Cast, as_: Callable[..., Client], text: str) -> None:
    make_ticket(cast.requester)
    for person in (cast.agent, cast.requester):
        client = as_(person)
        for order in ("", "best", "x"):
            page = client.get("/search/", {"q": text, "order": order, "page": "99", "kind": "tickets"})
            assert page.status_code == 200
            assert b"<script>alert" not in page.content
    assert as_(cast.agent).get("/search/palette/", {"q": text}).status_code == 200
    if "\x00" not in text:
        assert as_(cast.agent).get("/api/v1/search/", {"q": text}).status_code == 200


def test_an_empty_search_and_one_without_results_tell_how_to_search(cast: Cast, as_: Callable[..., Client]) -> None:
    client = as_(cast.agent)
    assert "How to search" in client.get("/search/").content.decode()
    page = client.get("/search/", {"q": "龘龘"}).content.decode()
    assert "Nothing found" in page and "How to search" in page
    page = client.get("/search/", {"q": "team:nowhere"}).content.decode()
    assert "No team is called “nowhere”." in page


def test_a_number_comes_first_and_jumps_in_the_palette(cast: Cast, as_: Callable[..., Client]) -> None:
    ticket = make_ticket(cast.requester)
    make_ticket(cast.requester, description=f"wie {ticket.number}")
    client = as_(cast.agent)
    assert groups(client, ticket.number)["tickets"]["results"][0]["key"] == ticket.number
    assert palette(client, f"#{ticket.number}")[0] == ticket.number


def test_best_puts_subjects_before_passing_mentions(cast: Cast, as_: Callable[..., Client]) -> None:
    best = make_ticket(cast.requester, subject="扫描仪坏了", description="扫描仪没有反应")
    newest = make_ticket(cast.requester, subject="键盘", description="键盘坏了，扫描仪旁边那个")
    client = as_(cast.agent)
    by_order = {
        order: [hit["key"] for hit in groups(client, "扫描仪", order=order)["tickets"]["results"]]
        for order in ("newest", "best")
    }
    assert by_order == {"newest": [newest.number, best.number], "best": [best.number, newest.number]}


def test_a_device_that_is_called_so_weighs_most(cast: Cast, as_: Callable[..., Client]) -> None:
    device = make_ticket(cast.requester, device_hostname="SRV-042")
    make_ticket(cast.requester, subject="srv-042 srv-042 srv-042", description="srv-042 " * 20)
    assert groups(as_(cast.agent), "srv-042", order="best")["tickets"]["results"][0]["key"] == device.number


def test_snippets_of_notes_are_for_the_desk(cast: Cast, as_: Callable[..., Client]) -> None:
    ticket = make_ticket(cast.requester)
    reply(ticket, cast.agent, "怀疑 CANARY-NOTE 网关", kind="internal")
    reply(ticket, cast.agent, "请重启路由器")
    hit = groups(as_(cast.agent), "网关")["tickets"]["results"][0]
    assert hit["is_internal"] and {"text": "网关", "is_hit": True} in hit["snippet"]
    assert groups(as_(cast.requester), "网关")["tickets"]["count"] == 0
    hit = groups(as_(cast.requester), "路由器")["tickets"]["results"][0]
    assert not hit["is_internal"] and {"text": "路由器", "is_hit": True} in hit["snippet"]
    # The note stands in a ticket that a word elsewhere finds: its text isn't shown for that.
    page = as_(cast.requester).get("/search/", {"q": "白屏"}).content.decode()
    assert ticket.number in page and "CANARY" not in page


def test_pages_and_counts_end_where_the_search_does(
    cast: Cast, as_: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(everything, "PAGE_SIZE", 2)
    for _number in range(5):
        make_ticket(cast.requester, subject="白屏")
    client = as_(cast.agent)
    seen = []
    for page in ("1", "2", "3"):
        group = groups(client, "白屏", kind="tickets", page=page)["tickets"]
        assert (group["count"], group["is_more"], group["pages"]) == (5, False, 3)
        seen += [hit["key"] for hit in group["results"]]
    assert len(set(seen)) == 5
    html = client.get("/search/", {"q": "白屏", "kind": "tickets", "page": "2"}).content.decode()
    assert "page=3" in html and "Page 2 of 3" in html


@pytest.mark.parametrize(
    ("name", "value"), [("kind", "x"), ("order", "x"), ("page", "0"), ("page", "x"), ("size", "1")]
)
def test_the_api_refuses_what_it_does_not_know(cast: Cast, as_: Callable[..., Client], name: str, value: str) -> None:
    answer = as_(cast.agent).get("/api/v1/search/", {"q": "x", name: value})
    assert answer.status_code == 400 and name in answer.json()["fields"]


def test_a_page_of_results_costs_few_queries(cast: Cast, as_: Callable[..., Client]) -> None:
    for number in range(12):
        ticket = make_ticket(cast.requester, subject=f"ticket {number}")
        reply(ticket, cast.agent, "请看 gateway 的日志", kind="internal")
    client = as_(cast.agent)
    client.get("/search/", {"q": "gateway"})

    def cost(size: int) -> int:
        Ticket.objects.filter(pk__in=[])
        with CaptureQueriesContext(connection) as queries:
            client.get("/search/", {"q": "gateway" if size else "nothing-of-it", "kind": "tickets"})
        return len(queries)

    assert cost(12) - cost(0) <= 3


def test_texts_of_confidential_tickets_are_shown_where_reading_is_written_down(
    cast: Cast, as_: Callable[..., Client]
) -> None:
    ticket = make_ticket(cast.requester, subject="Machine", description="CANARY dismissal of somebody")
    reply(ticket, cast.agent, "CANARY said more", kind="internal")
    Ticket.objects.filter(pk=ticket.pk).update(is_confidential=True, team=cast.first_line, assignee=cast.agent)
    for text in ("CANARY", "dismissal", "Machine", "said", ticket.number):
        hit = groups(as_(cast.agent), text)["tickets"]["results"][0]
        assert (hit["key"], hit["snippet"]) == (ticket.number, [])
        assert "dismissal of" not in as_(cast.agent).get("/search/", {"q": text}).content.decode()
    assert not ConfidentialRead.objects.exists()
    hit = groups(as_(cast.requester), "dismissal")["tickets"]["results"][0]
    assert {"text": "dismissal", "is_hit": True} in hit["snippet"]


def test_old_messages_of_a_long_conversation_are_not_read_for_snippets(
    cast: Cast, as_: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("helpdesk.finding.tickets._NEWEST", 2)
    long, short = make_ticket(cast.requester), make_ticket(cast.requester)
    for ticket, words in ((long, "gateway"), (long, "reboot"), (long, "cable"), (short, "gateway"), (short, "cable")):
        reply(ticket, cast.agent, words)
    hits = {hit["key"]: hit["snippet"] for hit in groups(as_(cast.agent), "gateway")["tickets"]["results"]}
    assert {"text": "gateway", "is_hit": True} in hits[short.number]
    assert {"text": "gateway", "is_hit": True} not in hits[long.number]


@pytest.mark.parametrize("text", ["#{number}", "＃{number}", " # {number} "])
def test_a_number_with_its_sign_leads_to_the_ticket(cast: Cast, as_: Callable[..., Client], text: str) -> None:
    ticket = make_ticket(cast.requester)
    wide = ticket.number.translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"})
    for number in (ticket.number, wide):
        words = text.format(number=number)
        assert as_(cast.agent).get("/search/", {"q": words})["Location"] == f"/desk/tickets/{ticket.number}/"
        assert as_(cast.requester).get("/search/", {"q": words})["Location"] == f"/tickets/{ticket.number}/"
        assert as_(cast.requester2).get("/search/", {"q": words}).status_code == 200
        assert palette(as_(cast.agent), words)[0] == ticket.number
    assert as_(cast.agent).get("/search/", {"q": ticket.number}).status_code == 200


def test_an_empty_queue_offers_to_search_everywhere(cast: Cast, as_: Callable[..., Client]) -> None:
    page = as_(cast.agent).get("/desk/", {"q": "龘龘 & x"}).content.decode()
    assert 'href="/search/?q=%E9%BE%98%E9%BE%98+%26+x"' in page
    assert (
        "Search everywhere"
        not in as_(cast.agent)
        .get("/desk/", {"channel": "phone"})
        .content.decode()
        .partition('<dialog class="dlg pal"')[0]
    )


def test_hits_of_the_api_tell_where_they_lead(cast: Cast, as_: Callable[..., Client]) -> None:
    ticket = make_ticket(cast.requester, subject="Gateway")
    hit = groups(as_(cast.agent), "gateway")["tickets"]["results"][0]
    assert (hit["url"], hit["facts"]) == (f"/desk/tickets/{ticket.number}/", ["New", "王敏"])
    assert groups(as_(cast.agent), "王敏")["people"]["results"][0]["facts"] == ["Finance", "6021", "A 座 12-047"]


def test_the_ticket_page_has_a_key_for_the_search(cast: Cast, as_: Callable[..., Client]) -> None:
    ticket = make_ticket(cast.requester)
    page = as_(cast.agent).get(f"/desk/tickets/{ticket.number}/").content.decode()
    assert 'href="/search/" data-palette data-key="/"' in page


def test_counts_never_tell_of_what_is_hidden(cast: Cast, as_: Callable[..., Client]) -> None:
    ticket = make_ticket(cast.requester, subject="CANARY-SECRET", description="CANARY-SECRET 密")
    Ticket.objects.filter(pk=ticket.pk).update(is_confidential=True, team=cast.applications)
    outsider = UserFactory(username="outsider", department=cast.finance)
    texts = ("CANARY", "CANARY-SECRET", "密", ticket.number, f"number:{ticket.number}", "is:confidential", "-x", "c")
    for person in (cast.colleague, cast.requester2, cast.agent, cast.lead, cast.admin, outsider):
        client = as_(person)
        for text in texts:
            found = groups(client, text)["tickets"]
            assert (found["count"], found["results"]) == (0, []), (person, text)
            page = client.get("/search/", {"q": text}).content.decode()
            assert f"tickets/{ticket.number}/" not in page and "SECRET</" not in page.replace(text, "")
            if person.is_desk:
                assert ticket.number not in palette(client, text)
    assert groups(as_(cast.agent2), "密")["tickets"]["count"] == 1
    assert groups(as_(cast.requester), "密")["tickets"]["count"] == 1


def test_the_desk_searches_from_every_page(cast: Cast, as_: Callable[..., Client]) -> None:
    ticket = bring_to(make_ticket(cast.requester), "in_progress", cast.agent)
    client = as_(cast.agent)
    for path in ("/desk/", f"/desk/tickets/{ticket.number}/", "/search/"):
        page = client.get(path).content.decode()
        # Without JavaScript the palette's trigger is a link.
        assert 'id="palette"' in page and 'href="/search/" data-key="g s" data-palette' in page
    assert 'action="/search/"' in client.get("/desk/").content.decode()
    assert 'action="/search/"' in as_(cast.requester).get("/").content.decode()
