"""The demo's register: what the cast has and has had, licences, a finished and a running stocktake; thousands at scale L."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from assets.choices import CustodyVia, RelationKind
from assets.lifecycle import Command
from assets.models import Asset, AssetType, CustodyAct
from assets.services.acts import act_on_asset
from assets.services.custody import Answer, answer_custody
from assets.services.licences import add_licence, give_seat
from assets.services.register import register_asset
from assets.services.relations import relate
from assets.services.reminders import run_due
from assets.services.stocktaking import Scope, count_item, end_stocktake, start_stocktake
from helpdesk.accounts.models import User
from helpdesk.common.outbox import without_doorbell
from helpdesk.demo import many_assets, vendors
from helpdesk.demo.cast import Cast

DAY = timedelta(days=1)
_LAPTOP = {"cpu": "Intel Core i7-1365U", "memory_gb": 16, "disk_gb": 512, "system": "windows"}
_STATION = {"cpu": "AMD Ryzen 9 7950X", "memory_gb": 64, "disk_gb": 2000, "system": "linux"}
_DESKTOP = {"cpu": "Intel Core i5-13500", "memory_gb": 16, "disk_gb": 512, "system": "windows"}
# tag, type, manufacturer, model, attributes, user name of the holder or nothing
THINGS: tuple[tuple[str, str, str, str, dict[str, Any], str], ...] = (
    ("PC-20417", "laptop", "联想", "ThinkPad X1 Carbon Gen 11", _LAPTOP, "requester"),
    ("PC-20421", "laptop", "联想", "ThinkPad X1 Carbon Gen 11", _LAPTOP, "xulan"),
    ("PC-20555", "laptop", "联想", "ThinkPad T14 Gen 4", _LAPTOP, "fangwei"),
    ("PC-20660", "desktop", "Dell", "OptiPlex 7010", _DESKTOP, "liujia"),
    ("PC-20733", "desktop", "Dell", "OptiPlex 7010", _DESKTOP, "sunyue"),
    ("LT-20611", "laptop", "Apple", "MacBook Pro 14", {**_LAPTOP, "cpu": "Apple M3", "system": "macos"}, "hejing"),
    ("LT-20833", "laptop", "HP", "EliteBook 840 G10", _LAPTOP, "wufan"),
    ("LT-20911", "laptop", "HP", "EliteBook 840 G10", _LAPTOP, "linke"),
    ("LT-21044", "laptop", "HP", "EliteBook 840 G10", _LAPTOP, "requester2"),
    ("LT-21170", "laptop", "HP", "EliteBook 840 G10", _LAPTOP, "akhan"),
    ("WS-31007", "desktop", "HP", "Z4 G5", _STATION, "zhouhang"),
    ("WS-31022", "desktop", "HP", "Z4 G5", _STATION, "lweber"),
    ("WS-31023", "desktop", "HP", "Z4 G5", _STATION, "guotao"),
    ("MO-40101", "monitor", "Dell", "U2723QE", {"inches": 27}, "requester"),
    ("MO-40102", "monitor", "Dell", "U2723QE", {"inches": 27}, "xulan"),
    ("MO-40103", "monitor", "LG", "27UP850", {"inches": 27}, ""),
    ("MO-40104", "monitor", "LG", "27UP850", {"inches": 27}, ""),
    ("IMP-014", "printer", "HP", "LaserJet M507", {"colour": False}, ""),
    ("IMP-022", "printer", "Ricoh", "IM C3000", {"colour": True}, ""),
    ("PH-50011", "phone", "华为", "Mate 60", {"imei": "861234050001115"}, "wufan"),
    ("PH-50012", "phone", "Apple", "iPhone 15", {"imei": "356938035643809"}, "akhan"),
    ("NET-0031", "network", "H3C", "S5560X-54C", {"ports": 48}, ""),
    ("NET-0032", "network", "H3C", "WA6522", {"ports": 2}, ""),
    ("SRV-0007", "server", "Dell", "PowerEdge R750", _STATION, ""),
    ("SW-0007", "software", "云图软件", "财务系统", {"edition": "12.4"}, ""),
    ("PC-20810", "laptop", "联想", "ThinkPad T14 Gen 4", _LAPTOP, ""),
    ("PC-20811", "laptop", "联想", "ThinkPad T14 Gen 4", _LAPTOP, ""),
    ("LT-19002", "laptop", "联想", "ThinkPad T480", _LAPTOP, ""),
    ("PRJ-0003", "accessory", "Epson", "EB-FH52", {}, ""),
    ("LT-20120", "laptop", "HP", "EliteBook 840 G7", _LAPTOP, ""),
)
_TOGETHER = (
    ("MO-40101", RelationKind.CONNECTED_TO, "PC-20417"),
    ("MO-40102", RelationKind.CONNECTED_TO, "PC-20421"),
    ("SW-0007", RelationKind.INSTALLED_ON, "SRV-0007"),
    ("NET-0032", RelationKind.CONNECTED_TO, "NET-0031"),
)


def establish(*, cast: Cast, at: datetime, bulk: int = 0) -> None:
    """The register as it stands at `at`: registered two months ago, handed out since. Nobody is woken up."""
    first = at - 60 * DAY
    with without_doorbell(), transaction.atomic():
        for number, thing in enumerate(THINGS):
            _register(cast, number, thing, first + number * timedelta(minutes=7))
        for source, kind, target in _TOGETHER:
            row, other = _asset(source), _asset(target)
            relate(asset_id=row.pk, other_id=other.pk, kind=kind, actor=cast["agent"], at=first + 2 * DAY)
        _special(cast, at)
        _licences(cast, at)
        _stocktakes(cast, at)
        run_due(at=at)
    if bulk:
        many_assets.multiply(cast=cast, count=bulk, at=first)


def _asset(tag: str) -> Asset:
    return Asset.objects.get(tag=tag)


def _register(cast: Cast, number: int, thing: tuple[str, str, str, str, dict[str, Any], str], at: datetime) -> None:
    tag, kind, maker, model, attributes, holder = thing
    person = cast[holder] if holder else None
    is_computer = kind in ("laptop", "desktop", "server")
    bought = timezone.localdate(at) - timedelta(days=120 + 23 * number)
    fields: dict[str, Any] = {
        "tag": tag,
        "type": AssetType.objects.get(code=kind),
        "manufacturer": maker,
        "model": model,
        "attributes": attributes,
    }
    if kind != "software":
        fields |= {
            "serial": f"SN{7_340_000 + number * 137}",
            "location": person.location if person is not None else "A 座 03 库房",
            "department": person.department if person is not None else cast.departments["it"],
            "purchased_on": bought,
            "warranty_until_on": bought + timedelta(days=3 * 365 if number % 5 else 175 + 23 * number),
            "order_number": f"PO-2026-{100 + number // 6}",
            **vendors.cover(vendors.HARDWARE),
        }
    if is_computer:
        fields |= {"hostname": tag, "ip": f"10.20.{number % 8}.{20 + number}", "mac": f"3C528200{number:04X}"}
    if kind == "software":
        fields |= vendors.cover(vendors.SOFTWARE)
    asset = register_asset(fields=fields, actor=cast["agent"], at=at)
    if person is not None:
        _hand_out(asset, person, cast["agent"], at + DAY)
        _confirm(asset, person, at + DAY + timedelta(hours=3))


def _hand_out(asset: Asset, person: User, actor: User, at: datetime, **data: Any) -> None:
    command = Command.LEND if "lent_until_on" in data else Command.HAND_OUT
    act_on_asset(asset_id=asset.pk, command=command, version=None, actor=actor, at=at, data={"person": person, **data})


def _confirm(asset: Asset, person: User, at: datetime) -> None:
    act = CustodyAct.objects.filter(asset=asset).open().get()
    answer_custody(act_id=act.pk, answer=Answer(is_yes=True, via=CustodyVia.PORTAL), actor=person, at=at)


def _special(cast: Cast, at: datetime) -> None:
    """Something lent and overdue, something that waits for a word, in repair, lost, and retired."""
    agent, today = cast["agent"], timezone.localdate(at)
    projector = _asset("PRJ-0003")
    _hand_out(
        projector, cast["chenxi"], agent, at - 9 * DAY, lent_until_on=today - 2 * DAY, accessories="遥控器、电源线"
    )
    _confirm(projector, cast["chenxi"], at - 9 * DAY + timedelta(hours=1))
    spare = _asset("PC-20810")
    _hand_out(spare, cast["requester"], agent, at - DAY, lent_until_on=today + 12 * DAY, accessories="电源、电脑包")
    for tag, command, reason in (
        ("LT-20120", Command.SEND_TO_REPAIR, "键盘进水"),
        ("PH-50012", Command.REPORT_LOST, "出差途中遗失"),
        ("LT-19002", Command.RETIRE, "使用年限已满，硬盘已销毁"),
    ):
        act_on_asset(
            asset_id=_asset(tag).pk,
            command=command,
            version=None,
            actor=cast["lead"],
            at=at - 5 * DAY,
            data={"reason": reason},
        )


def _licences(cast: Cast, at: datetime) -> None:
    lead, agent, today = cast["lead"], cast["agent"], timezone.localdate(at)
    rows: tuple[tuple[dict[str, Any], tuple[str, ...]], ...] = (
        (
            {"name": "Microsoft 365", "edition": "E3", "seats": 40, "expires_on": today + 200 * DAY},
            ("requester", "xulan", "fangwei", "liujia", "sunyue", "wufan", "linke", "requester2", "akhan"),
        ),
        (
            {
                "name": "AutoCAD",
                "edition": "2026",
                "seats": 3,
                "key": "CAD-2026-7K3M-DEMO",
                "expires_on": today + 90 * DAY,
            },
            ("guotao", "zhouhang"),
        ),
        (
            {"name": "Adobe Creative Cloud", "seats": 2, "expires_on": today + 12 * DAY, "remind_days": 30},
            ("hejing", "chenxi"),
        ),
        ({"name": "JetBrains All Products Pack", "seats": 5, "key": "JB-DEMO-5512"}, ("lweber", "zhouhang")),
    )
    for fields, people in rows:
        licence = add_licence(fields=fields, actor=lead, at=at - 50 * DAY)
        for name in people:
            give_seat(licence_id=licence.pk, person=cast[name], actor=agent, at=at - 49 * DAY)
    # One that goes with a computer, whoever has that.
    fixed = add_licence(fields={"name": "Windows Server", "edition": "2025", "seats": 4}, actor=lead, at=at - 50 * DAY)
    give_seat(licence_id=fixed.pk, asset=_asset("SRV-0007"), actor=agent, at=at - 49 * DAY)


def _stocktakes(cast: Cast, at: datetime) -> None:
    """One that has ended with something missing, and one in which two people are under way."""
    first, second = cast["agent"], cast["songjia"]
    done = start_stocktake(name="A 座 12 层", scope=Scope(location="A 座 12"), actor=first, at=at - 20 * DAY)
    for item in done.items.exclude(code="PC-20555"):
        count_item(stocktake_id=done.pk, code=item.code, place="A 座 12", actor=first, at=at - 20 * DAY)
    end_stocktake(stocktake_id=done.pk, lost=[], reason="", actor=first, at=at - 20 * DAY + timedelta(hours=1))
    running = start_stocktake(
        name="B 座年底盘点", scope=Scope(location="B 座"), actor=first, at=at - timedelta(hours=3)
    )
    found = list(running.items.values_list("code", flat=True)[:3])
    for number, code in enumerate([*found, "MO-40103", "QR-UNKNOWN-1"]):
        actor = second if number % 2 else first
        moment = at - timedelta(hours=2, minutes=50 - number * 4)
        count_item(stocktake_id=running.pk, code=code, place="B 座 04", actor=actor, at=moment)
