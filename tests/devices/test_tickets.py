"""Tickets about devices: named while reporting, linked by the desk, seen from the device (M3.1-3)."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from assets.models import Asset, Vendor, VendorContract
from helpdesk.common.errors import Conflict, InvalidInput, NotAllowed
from tests.agreements.acts import allow, ask
from tests.api.client import refusal
from tests.api.conftest import api
from tests.assets.acts import act, handed_out, make_asset
from tests.cast import Cast
from tests.desk.conftest import as_user
from tests.desk.test_call import said
from tests.factories import bring_to, make_ticket, run
from tests.portal.conftest import browse
from tests.portal.reading import number_of, report, text_of
from tests.secrecy.acts import confide
from tickets.asset_lookup import devices_of
from tickets.models import Ticket, TicketAsset
from tickets.services import audit
from tickets.services.asset_links import link_asset, unlink_asset
from tickets.services.erasing.tickets import erase_ticket

__all__ = ["api", "as_user", "browse"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def laptop(cast: Cast) -> Asset:
    """What the requester has in use."""
    facts = {"tag": "PC-20417", "hostname": "PC-WANGMIN", "ip": "10.2.0.4", "serial": "PF3K9X2"}
    return handed_out(cast.agent, cast.requester, **facts)


def link(ticket: Ticket, asset: Asset, actor: Any) -> TicketAsset:
    return link_asset(ticket_id=ticket.pk, asset=asset, actor=actor, at=timezone.now())


class TestReporting:
    def test_ones_own_device_is_chosen_already(self, cast: Cast, browse: Any, laptop: Asset) -> None:
        client = browse(cast.requester)
        page = client.get("/tickets/new/").content.decode()
        assert "Which of your devices?" in page and "ThinkPad X1 · PC-20417" in page
        ticket = Ticket.objects.get(number=number_of(report(client, device="PC-20417")))
        assert (ticket.device_hostname, ticket.device_ip) == ("PC-WANGMIN", "10.2.0.4")
        assert [row.asset for row in ticket.asset_links.all()] == [laptop]
        assert ticket.events.get().data["tag"] == "PC-20417"
        assert audit.verify() == []

    def test_another_device_or_none(self, cast: Cast, browse: Any, laptop: Asset) -> None:
        client = browse(cast.requester)
        other = Ticket.objects.get(number=number_of(report(client, device="other", device_hostname="BEAMER-3")))
        none = Ticket.objects.get(number=number_of(report(client, device="none", device_hostname="x", subject="账号")))
        assert (other.device_hostname, none.device_hostname) == ("BEAMER-3", "")
        assert not TicketAsset.objects.exists()

    def test_nobody_names_the_device_of_somebody_else(self, cast: Cast, browse: Any, laptop: Asset) -> None:
        handed_out(cast.agent, cast.colleague, tag="PC-9")
        page = report(browse(cast.colleague), device="PC-20417")
        assert page.status_code == 422
        assert "Choose one of your devices, another one, or none." in text_of(page)
        assert "· PC-20417" not in browse(cast.colleague).get("/tickets/new/").content.decode()

    def test_a_report_for_a_colleague_is_not_about_ones_own_device(
        self, cast: Cast, browse: Any, laptop: Asset
    ) -> None:
        person = {"for_whom": "colleague", "person": "周航 (colleague)"}
        answer = report(browse(cast.requester), device="PC-20417", device_hostname="PC-HIS", **person)
        ticket = Ticket.objects.get(number=number_of(answer))
        assert (ticket.device_hostname, ticket.asset_links.count()) == ("PC-HIS", 0)

    def test_who_has_nothing_is_asked_as_before(self, cast: Cast, browse: Any) -> None:
        page = browse(cast.requester).get("/tickets/new/").content.decode()
        assert "Which of your devices?" not in page and "Computer name" in page

    def test_the_device_of_the_address_is_chosen(self, cast: Cast, browse: Any, laptop: Asset) -> None:
        handed_out(cast.agent, cast.requester, tag="MON-1", type="monitor")
        form = browse(cast.requester).get("/tickets/new/?asset=MON-1").context["form"]
        assert form["device"].value() == "MON-1"

    def test_the_device_of_the_address_counts_more_than_what_was_begun_before(
        self, cast: Cast, browse: Any, laptop: Asset
    ) -> None:
        handed_out(cast.agent, cast.requester, tag="MON-1", type="monitor")
        client = browse(cast.requester)
        client.post("/tickets/new/draft/", {"subject": "白屏", "device": "PC-20417"})
        form = client.get("/tickets/new/?asset=mon-1").context["form"]
        assert (form["device"].value(), form["subject"].value()) == ("MON-1", "白屏")
        assert client.get("/tickets/new/").context["form"]["device"].value() == "PC-20417"

    @pytest.mark.parametrize("named", ["PC-0", "\x00", "PC-9"])
    def test_a_device_that_one_does_not_have_is_another_one(
        self, cast: Cast, browse: Any, laptop: Asset, named: str
    ) -> None:
        handed_out(cast.agent, cast.colleague, tag="PC-9")
        form = browse(cast.requester).get("/tickets/new/", {"asset": named}).context["form"]
        assert form["device"].value() == "other"

    def test_who_has_many_still_names_the_wanted_and_the_latest_one(self, cast: Cast, browse: Any) -> None:
        assets = [
            handed_out(cast.agent, cast.requester, tag=f"MON-{number:02}", type="monitor") for number in range(15)
        ]
        link(make_ticket(cast.requester), assets[13], cast.agent)
        assert [device.tag for device in devices_of(cast.requester, cast.requester)][:2] == ["MON-13", "MON-00"]
        client = browse(cast.requester)
        form = client.get("/tickets/new/?asset=MON-14").context["form"]
        assert list(form.devices)[:3] == ["MON-14", "MON-13", "MON-00"]
        assert form["device"].value() == "MON-14"
        ticket = Ticket.objects.get(number=number_of(report(client, device="MON-14")))
        assert ticket.asset_links.get().asset == assets[14]

    def test_what_is_lost_is_offered_only_to_who_asks_for_it(self, cast: Cast, laptop: Asset) -> None:
        act(laptop, "report_lost", cast.agent, reason="在地铁上")
        assert devices_of(cast.requester, cast.requester) == []
        assert devices_of(cast.requester, cast.requester, wanted="pc-20417") == [laptop]

    def test_the_device_of_the_latest_ticket_comes_first(self, cast: Cast, laptop: Asset) -> None:
        handed_out(cast.agent, cast.requester, tag="A-1", hostname="PC-A1")
        assert [device.tag for device in devices_of(cast.requester, cast.requester)] == ["A-1", "PC-20417"]
        link(make_ticket(cast.requester), laptop, cast.agent)
        assert [device.tag for device in devices_of(cast.requester, cast.requester)] == ["PC-20417", "A-1"]


class TestDesk:
    def test_linking_by_tag_serial_name_or_address(self, cast: Cast, as_user: Any, laptop: Asset) -> None:
        agent = as_user(cast.agent)
        for typed in ("pc-20417", "pf3k9x2", "pc-wangmin", "10.2.0.4"):
            ticket = make_ticket(cast.requester2)
            address = f"/desk/tickets/{ticket.number}/assets/"
            assert agent.post(address, {"named": typed}).status_code == 303
            assert ticket.asset_links.get().asset == laptop
        page = agent.get(f"/desk/tickets/{ticket.number}/").content.decode()
        assert "named the device: PC-20417" in page and "Used by 王敏" in page
        again = agent.post(address, {"named": "PC-20417"})
        assert again.status_code == 409 and "PC-20417 is on this ticket already." in again.content.decode()
        unknown = agent.post(address, {"named": "PC-0"})
        assert unknown.status_code == 422 and 'value="PC-0"' in unknown.content.decode()
        assert "Say which device it is." in agent.post(address, {}).content.decode()

    @pytest.mark.parametrize("typed", ["5CD1234", "12345", "1.2", "a::", "fe80::1%eth0", "999.1.1.1", "ABCDEF"])
    def test_what_looks_like_an_address_is_a_serial_number_all_the_same(
        self, cast: Cast, as_user: Any, api: Any, typed: str
    ) -> None:
        ticket = make_ticket(cast.requester)
        agent, address = as_user(cast.agent), f"/desk/tickets/{ticket.number}/assets/"
        assert agent.post(address, {"named": typed}).status_code == 422
        assert refusal(api(cast.agent).post(f"tickets/{ticket.number}/assets/", {"asset": typed}))[0] == 400
        assert agent.get("/desk/callers/", {"who": typed}).status_code == 200
        asset = handed_out(cast.agent, cast.colleague, serial=typed)
        assert 'value="colleague"' in agent.get("/desk/callers/", {"who": typed}).content.decode()
        assert agent.post(address, {"named": typed}).status_code == 303
        assert ticket.asset_links.get().asset == asset

    def test_full_width_letters_name_the_same_device(self, cast: Cast, as_user: Any, laptop: Asset) -> None:
        agent = as_user(cast.agent)
        for typed in ("ｐｃ－２０４１７", "ＰＦ３Ｋ９Ｘ２", "１０．２．０．４", " pc-wangmin "):
            ticket = make_ticket(cast.requester2)
            assert agent.post(f"/desk/tickets/{ticket.number}/assets/", {"named": typed}).status_code == 303
            assert ticket.asset_links.get().asset == laptop
        assert 'value="requester"' in agent.get("/desk/callers/", {"who": "ｐｃ－２０４１７"}).content.decode()

    def test_several_that_fit_are_not_guessed_between(self, cast: Cast, as_user: Any, laptop: Asset) -> None:
        make_asset(cast.agent, hostname="PF3K9X2")
        ticket = make_ticket(cast.requester)
        page = as_user(cast.agent).post(f"/desk/tickets/{ticket.number}/assets/", {"named": "pf3k9x2"})
        assert page.status_code == 422 and "Several assets fit. Give the asset tag." in page.content.decode()

    def test_the_requesters_devices_are_offered(self, cast: Cast, as_user: Any, laptop: Asset) -> None:
        ticket = make_ticket(cast.requester)
        page = as_user(cast.agent).get(f"/desk/tickets/{ticket.number}/assets/").content.decode()
        assert "In use by the requester" in page and 'value="PC-20417"' in page

    def test_taking_it_off_again(self, cast: Cast, as_user: Any, laptop: Asset) -> None:
        ticket = make_ticket(cast.requester)
        link(ticket, laptop, cast.agent)
        address = f"/desk/tickets/{ticket.number}/assets/remove/"
        assert as_user(cast.agent).post(address, {"asset": "PC-20417"}).status_code == 303
        assert not ticket.asset_links.exists()
        with pytest.raises(Conflict) as caught:
            unlink_asset(ticket_id=ticket.pk, asset=laptop, actor=cast.agent, at=timezone.now())
        assert caught.value.code == "not_linked"
        assert list(ticket.events.order_by("-sequence").values_list("code", flat=True)[:2]) == [
            "asset_unlinked",
            "asset_linked",
        ]
        assert audit.verify() == []

    def test_who_may(self, cast: Cast, laptop: Asset) -> None:
        ticket = make_ticket(cast.requester)
        link(ticket, laptop, cast.requester)
        bring_to(ticket, "in_progress", cast.agent)
        other = make_asset(cast.agent)
        with pytest.raises(NotAllowed):
            link(ticket, other, cast.requester)
        with pytest.raises(InvalidInput):
            link(make_ticket(cast.requester2), laptop, cast.requester2)
        closed = make_ticket(cast.requester)
        run(closed, "withdraw", cast.requester, reason="不需要了")
        with pytest.raises(Conflict) as caught:
            link(closed, laptop, cast.agent)
        assert caught.value.code == "closed"

    def test_the_caller_is_found_by_the_tag_and_the_device_goes_along(
        self, cast: Cast, as_user: Any, laptop: Asset
    ) -> None:
        agent = as_user(cast.agent)
        assert 'value="requester"' in agent.get("/desk/callers/?who=PC-20417&for=call").content.decode()
        card = agent.get("/desk/callers/card/?requester=requester&for=call").content.decode()
        assert "Is it one of these devices?" in card and 'value="PC-20417"' in card
        assert agent.post("/desk/call/", said(asset="PC-20417")).status_code == 303
        assert Ticket.objects.get().asset_links.get().asset == laptop

    def test_the_device_by_which_the_caller_was_found_is_chosen(self, cast: Cast, as_user: Any, laptop: Asset) -> None:
        handed_out(cast.agent, cast.requester, tag="A-1", hostname="PC-A1")
        agent, ticked = as_user(cast.agent), 'name="asset" value="PC-20417" checked'
        for sheet in ("", "call"):
            card = {"requester": "requester", "for": sheet}
            assert ticked in agent.get("/desk/callers/card/", {**card, "who": "PF3K9X2"}).content.decode()
            assert ticked not in agent.get("/desk/callers/card/", {**card, "who": "王敏"}).content.decode()
        data = said(step="search", who="pc-20417", requester="")
        assert ticked in agent.post("/desk/call/", data).content.decode()
        chosen = agent.post("/desk/call/", said(step="search", who="pc-20417", asset="A-1")).content.decode()
        assert 'name="asset" value="A-1" checked' in chosen

    @pytest.mark.parametrize("address", ["/desk/call/", "/desk/new/"])
    def test_a_device_that_everybody_uses_is_named_before_there_is_a_ticket(
        self, cast: Cast, as_user: Any, laptop: Asset, address: str
    ) -> None:
        printer = make_asset(cast.agent, tag="PR-5F", type="printer", hostname="5F-PR-02")
        agent = as_user(cast.agent)
        wrong = agent.post(address, said(channel="phone", asset="PC-20417", named="PR-0"))
        assert wrong.status_code == 422 and 'value="PR-0"' in wrong.content.decode()
        assert "No asset has this tag, serial number or computer name." in wrong.content.decode()
        assert agent.post(address, said(channel="phone", asset="PC-20417", named="5f-pr-02")).status_code == 303
        assert Ticket.objects.get().asset_links.get().asset == printer

    def test_the_vendor_case_is_filled_in_from_the_device(self, cast: Cast, as_user: Any, laptop: Asset) -> None:
        vendors = [Vendor.objects.create(name_zh=name, name_en=name, liaison=cast.liaison) for name in ("Acme", "Bmce")]
        contracts = [
            VendorContract.objects.create(vendor=vendors[1], number=number, starts_on=date(2020, 1, 1))
            for number in ("C-1", "C-2")
        ]
        facts = {"vendor": vendors[1], "contract": contracts[0], "warranty_until_on": date(2199, 1, 1)}
        Asset.objects.filter(pk=laptop.pk).update(**facts)
        ticket = bring_to(make_ticket(cast.requester), "in_progress", cast.agent)
        agent, address = as_user(cast.agent), f"/desk/tickets/{ticket.number}/vendor-cases/"
        assert "Ask a vendor" in agent.get(address).content.decode()
        link(ticket, laptop, cast.agent)
        page = agent.get(address)
        assert "Ask Bmce" in text_of(page) and "under warranty until" in text_of(page)
        form = page.context["form"]
        assert (form["subject"].value(), form["contract"].value()) == ("Lenovo ThinkPad X1 · PF3K9X2", contracts[0].pk)
        assert "Acme" in agent.get(f"{address}?vendor=").content.decode()


class TestAsset:
    def test_its_tickets_and_that_it_fails_often(self, cast: Cast, as_user: Any, laptop: Asset) -> None:
        tickets = [make_ticket(cast.requester, subject=f"白屏 {number}") for number in range(3)]
        for ticket in tickets[:2]:
            link(ticket, laptop, cast.agent)
        agent = as_user(cast.agent)
        panel = agent.get("/desk/assets/PC-20417/tickets/", HTTP_HX_REQUEST="true").content.decode()
        assert "白屏 0" in panel and "白屏 2" not in panel and "faults in 90 days" not in panel
        link(tickets[2], laptop, cast.agent)
        assert "3 faults in 90 days" in agent.get("/desk/assets/pc-20417/tickets/").content.decode()
        assert "3 faults in 90 days" in agent.get(f"/desk/tickets/{tickets[0].number}/").content.decode()
        assert agent.get("/desk/assets/PC-0/tickets/").status_code == 404
        assert as_user(cast.requester).get("/desk/assets/PC-20417/tickets/").status_code in (302, 403, 404)

    def test_the_list_counts_the_open_tickets_that_its_reader_may_see(
        self, cast: Cast, as_user: Any, laptop: Asset
    ) -> None:
        other = make_asset(cast.agent, tag="PC-2")
        for number in range(3):
            ticket = make_ticket(cast.requester)
            link(ticket, laptop, cast.agent)
            if number == 0:
                run(ticket, "withdraw", cast.requester, reason="不需要了")
            if number == 1:
                confide(ticket, cast.lead)
        address = "/desk/assets/open-tickets/?tags=PC-2%2CPC-20417"
        assert address in as_user(cast.agent).get("/assets/").content.decode()
        counts = {}
        for person in (cast.lead, cast.agent2):
            answer = text_of(as_user(person).get(address))
            counts[person.username] = re.findall(r"(\d+)(?: open tickets?)?", answer)
        assert counts == {cast.lead.username: ["0", "2"], cast.agent2.username: ["0", "1"]}
        assert f'id="open-{other.pk}"' in as_user(cast.lead).get(address).content.decode()
        assert as_user(cast.requester).get(address).status_code == 404

    def test_the_device_shows_what_was_allowed_on_its_tickets(self, cast: Cast, as_user: Any, laptop: Asset) -> None:
        ticket = bring_to(make_ticket(cast.requester), "in_progress", cast.agent)
        link(ticket, laptop, cast.agent)
        allow(ask(ticket, cast.agent, "view_screen", "control"), "view_screen")
        allow(ask(ticket, cast.agent, "take_device"))
        page = text_of(as_user(cast.agent).get("/desk/assets/PC-20417/tickets/"))
        assert "Consents given" in page and "See the screen" in page
        assert "Control the mouse and keyboard" not in page

    def test_a_confidential_ticket_is_neither_listed_nor_counted(self, cast: Cast, as_user: Any, laptop: Asset) -> None:
        for number in range(3):
            ticket = make_ticket(cast.requester, subject=f"CANARY {number}")
            link(ticket, laptop, cast.agent)
        Ticket.objects.filter(pk=ticket.pk).update(is_confidential=True)
        page = as_user(cast.agent2).get("/desk/assets/PC-20417/tickets/").content.decode()
        assert "CANARY 2" not in page and "faults in 90 days" not in page


class TestApi:
    def test_naming_reading_and_taking_off(self, cast: Cast, api: Any, laptop: Asset) -> None:
        requester, agent = api(cast.requester), api(cast.agent)
        made = requester.post("tickets/", {"subject": "白屏", "description": "x", "device": {"asset": "pc-20417"}})
        assert made.status_code == 201
        assert made.json()["device"] == {"asset": "PC-20417", "hostname": "PC-WANGMIN", "ip": "10.2.0.4"}
        base = f"tickets/{made.json()['number']}"
        assert requester.get("tickets/").json()["results"][0]["device"]["asset"] == "PC-20417"
        assert refusal(agent.post(f"{base}/assets/", {"asset": "PC-20417"}))[:2] == (409, "already_linked")
        assert [row["asset"] for row in requester.get(f"{base}/assets/").json()["results"]] == ["PC-20417"]
        assert agent("DELETE", f"{base}/assets/PC-20417/").status_code == 204
        assert requester.get(f"{base}/").json()["device"]["asset"] is None
        wrong = requester.post("tickets/", {"subject": "x", "description": "x", "device": {"asset": "PC-0"}})
        assert set(refusal(wrong)[2]) == {"device.asset"}
        colleague = api(cast.colleague)
        foreign = colleague.post("tickets/", {"subject": "x", "description": "x", "device": {"asset": "PC-20417"}})
        assert set(refusal(foreign)[2]) == {"device.asset"}


def test_a_ticket_that_is_erased_names_no_device(cast: Cast, laptop: Asset) -> None:
    ticket = make_ticket(cast.requester)
    link(ticket, laptop, cast.agent)
    run(ticket, "withdraw", cast.requester, reason="不需要了")
    run(ticket, "archive", cast.lead)
    erase_ticket(ticket_id=ticket.pk, with_texts=False, at=timezone.now() + timedelta(days=1))
    assert not TicketAsset.objects.exists()
    assert audit.verify() == []


def test_the_start_page_knows_ones_equipment(cast: Cast, browse: Any, as_user: Any, laptop: Asset) -> None:
    requester = browse(cast.requester)
    home = requester.get("/").content.decode()
    assert "ThinkPad X1" in home and "/tickets/new/?asset=PC-20417" in home
    assert "/tickets/new/?asset=PC-20417" in requester.get("/assets/mine/").content.decode()
    assert "/desk/assets/PC-20417/tickets/" in as_user(cast.agent).get("/assets/PC-20417/").content.decode()
    act(make_asset(cast.agent, tag="TEL-7"), "hand_out", cast.agent, person=cast.requester)
    assert "have you received it?" in requester.get("/").content.decode()
