"""The demo's vendors, and playing what happens with them: asked, written to, answered, promised, closed (M3.4-7)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from assets.models import Vendor, VendorContact, VendorContract
from assets.services import vendors as register
from helpdesk.accounts.models import User
from helpdesk.demo.cast import Cast
from helpdesk.demo.stage import Scene, Stage
from helpdesk.demo.story import later
from tickets.models import Ticket, VendorCase
from tickets.services.vendors import cases, speaking
from tickets.services.vendors.disclosing import Chosen
from tickets.services.vendors.speaking import Word

SOFTWARE, CARRIER, HARDWARE = "云图软件", "南方专线", "联信设备服务"


def establish(*, cast: Cast) -> None:
    """Three vendors whose liaison is `liaison`: two under contract, one whose contract has ended."""
    software = _vendor(
        cast,
        Vendor(
            name_zh=SOFTWARE,
            name_en="Cloudmap Software",
            email="support@cloudmap.example",
            mail_domain="cloudmap.example",
            phone="400-820-1001",
            portal_url="https://support.cloudmap.example",
            hours_zh="工作日 9:00–18:00",
            hours_en="Weekdays 9:00–18:00",
        ),
    )
    VendorContact.objects.create(
        vendor=software,
        name="顾明",
        role="二线支持 / Second level",
        email="gu.ming@cloudmap.example",
        phone="400-820-1002",
    )
    VendorContract.objects.create(
        vendor=software,
        number="YT-2026-018",
        covers="财务系统、客户门户 / Finance, customer portal",
        hours="5 × 9",
        starts_on=date(2026, 1, 1),
        ends_on=date(2027, 12, 31),
    )
    carrier = _vendor(
        cast,
        Vendor(name_zh=CARRIER, name_en="Southern Lines", email="noc@southern-lines.example", phone="10015"),
    )
    VendorContract.objects.create(
        vendor=carrier, number="NX-77", covers="深圳专线", starts_on=date(2023, 1, 1), ends_on=date(2025, 12, 31)
    )
    hardware = _vendor(
        cast,
        Vendor(
            name_zh=HARDWARE,
            name_en="Unity Device Service",
            email="service@unity-devices.example",
            phone="400-820-3003",
        ),
    )
    VendorContract.objects.create(
        vendor=hardware,
        number="LX-2026-004",
        covers="电脑、显示器、打印机 / Computers, monitors, printers",
        hours="5 × 9",
        starts_on=date(2024, 1, 1),
        ends_on=date(2028, 12, 31),
    )


def cover(name: str) -> dict[str, Any]:
    """The vendor of this name and its contract, as the register notes them of an asset."""
    vendor = Vendor.objects.get(name_zh=name)
    return {"vendor": vendor, "contract": vendor.contracts.first()}


def _vendor(cast: Cast, vendor: Vendor) -> Vendor:
    vendor.liaison = cast["liaison"]
    return register.save_vendor(vendor=vendor, actor=cast["admin"])


def _ask(stage: Stage, ticket: Ticket, scene: Scene, actor: User) -> None:
    assert scene.act is not None
    told = scene.act.data
    vendor = Vendor.objects.get(name_zh=told["vendor"])
    day = scene.at.astimezone(stage.zone_day.tzinfo).date()
    wish = cases.Wish(
        vendor,
        told["subject"],
        told["question"],
        _moment(stage, scene, told["chase"]),
        contract=next((row for row in vendor.contracts.all() if row.is_in_force(day)), None),
        contact=vendor.contacts.first(),
        reference=told.get("reference", ""),
    )
    cases.open_case(ticket_id=ticket.pk, wish=wish, actor=actor, at=scene.at)


def _write(stage: Stage, ticket: Ticket, scene: Scene, actor: User) -> None:
    assert scene.act is not None
    word = Word(scene.act.data["text"], Chosen(scene.act.data["fields"], is_needed=True))
    speaking.send_to_vendor(case_id=_case(ticket).pk, word=word, actor=actor, at=scene.at)


def _log(stage: Stage, ticket: Ticket, scene: Scene, actor: User) -> None:
    assert scene.act is not None
    word = Word(scene.act.data["text"])
    speaking.log_contact(case_id=_case(ticket).pk, word=word, direction="in", channel="phone", actor=actor, at=scene.at)


def _promise(stage: Stage, ticket: Ticket, scene: Scene, actor: User) -> None:
    assert scene.act is not None
    until = _moment(stage, scene, scene.act.data["until"])
    cases.record_promise(case_id=_case(ticket).pk, promised_at=until, actor=actor, at=scene.at)


def _close(stage: Stage, ticket: Ticket, scene: Scene, actor: User) -> None:
    assert scene.act is not None
    words = scene.act.data["words"]
    cases.close_case(case_id=_case(ticket).pk, outcome="solved", words=words, actor=actor, at=scene.at)


def _case(ticket: Ticket) -> VendorCase:
    return VendorCase.objects.filter(ticket=ticket).latest("pk")


def _moment(stage: Stage, scene: Scene, when: str) -> datetime:
    """An instant told in working days from this act on."""
    local = scene.at.astimezone(stage.zone_day.tzinfo).replace(hour=0, minute=0, second=0, microsecond=0)
    return later(local, when)[1].astimezone(UTC)


ACTS = {
    "ask_vendor": _ask,
    "write_vendor": _write,
    "vendor_says": _log,
    "vendor_promises": _promise,
    "close_vendor": _close,
}
