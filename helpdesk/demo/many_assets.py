"""The register of a large organisation: thousands of devices of all kinds, with vendors, warranties and licences."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.db import transaction
from django.utils import timezone

from assets.choices import CustodyVia, EventCode
from assets.models import (
    Asset,
    AssetEvent,
    AssetSearch,
    AssetType,
    CustodyAct,
    Licence,
    LicenceEvent,
    LicenceSeat,
)
from assets.services.indexing import tokens_of
from assets.services.licences import add_licence
from helpdesk.accounts.models import User
from helpdesk.demo import vendors
from helpdesk.demo.cast import Cast

SEED = 20417
BATCH = 1000
DAY = timedelta(days=1)
YEAR = 365 * DAY
_OFFICE = {"memory_gb": 16, "disk_gb": 512, "system": "windows"}


@dataclass(frozen=True)
class Sort:
    """A kind of device that such an organisation has so many of in a hundred."""

    share: int
    type: str
    prefix: str
    models: tuple[tuple[str, str], ...]
    attributes: dict[str, Any]
    is_personal: bool = True  # somebody has it, where there is somebody left


SORTS = (
    Sort(
        48,
        "laptop",
        "NB",
        (("联想", "ThinkPad T14 Gen 4"), ("HP", "EliteBook 840 G10"), ("Dell", "Latitude 7440")),
        _OFFICE,
    ),
    Sort(20, "desktop", "DT", (("Dell", "OptiPlex 7010"), ("联想", "ThinkCentre M90t"), ("HP", "Z2 G9")), _OFFICE),
    Sort(18, "monitor", "MN", (("Dell", "U2723QE"), ("LG", "27UP850")), {"inches": 27}),
    Sort(6, "phone", "MP", (("华为", "Mate 60"), ("Apple", "iPhone 15")), {}),
    Sort(4, "printer", "PR", (("HP", "LaserJet M507"), ("Ricoh", "IM C3000")), {"colour": True}, is_personal=False),
    Sort(4, "accessory", "AC", (("Epson", "EB-FH52"), ("罗技", "Rally Bar")), {}, is_personal=False),
)


def multiply(*, cast: Cast, count: int, at: datetime) -> None:
    """So many devices more, the same ones each time. Rows go to the database directly, a thousand at once."""
    with transaction.atomic():
        rows = _devices(count, at)
        Asset.objects.bulk_create(rows, batch_size=BATCH)
        agent = cast["agent"]
        Asset.history.bulk_history_create(rows, batch_size=BATCH, default_user=agent, default_date=at)
        AssetSearch.objects.bulk_create([tokens_of(row) for row in rows], batch_size=BATCH)
        events = [AssetEvent(asset=row, code=EventCode.IMPORTED, actor=agent, at=at) for row in rows]
        AssetEvent.objects.bulk_create(events, batch_size=BATCH)
        held = [row for row in rows if row.holder is not None]
        CustodyAct.objects.bulk_create([_taken_over(row, agent, at) for row in held], batch_size=BATCH)
        _license([row for row in held if row.type.code in ("laptop", "desktop")], cast, at)


def _devices(count: int, at: datetime) -> list[Asset]:
    random, today = Random(SEED), timezone.localdate(at)
    kinds = {row.code: row for row in AssetType.objects.all()}
    people = list(User.objects.active().filter(is_agent=False, is_admin=False).order_by("pk")[:count])
    cover = vendors.cover(vendors.HARDWARE)
    rows, computers = [], 0
    for number, sort in enumerate(random.choices(SORTS, [sort.share for sort in SORTS], k=count)):
        person = None
        if people and sort.is_personal and random.random() < 0.9:
            is_computer = sort.type in ("laptop", "desktop")
            person = people[computers % len(people)] if is_computer else random.choice(people)
            computers += is_computer
        maker, model = random.choice(sort.models)
        bought = today - random.randrange(30, 5 * 365) * DAY
        tag = f"{sort.prefix}-{100_000 + number}"
        row = Asset(
            tag=tag,
            type=kinds[sort.type],
            manufacturer=maker,
            model=model,
            serial=f"{sort.prefix}{random.randrange(16**8):08X}{number}",
            hostname=tag if "system" in sort.attributes else "",
            holder=person,
            location=person.location if person is not None else "A 座 03 库房",
            department=person.department if person is not None else None,
            state="in_use" if person is not None else "stock",
            state_since=at,
            created_at=at,
            updated_at=at,
            purchased_on=bought,
            warranty_until_on=bought + 3 * YEAR,
            attributes=sort.attributes,
            **cover if random.random() < 0.8 else {},
        )
        rows.append(row)
    return rows


def _taken_over(asset: Asset, agent: User, at: datetime) -> CustodyAct:
    assert asset.holder is not None
    return CustodyAct(
        asset=asset,
        kind="hand_out",
        person=asset.holder,
        given_by=agent,
        at=at,
        state="accepted",
        answered_at=at,
        via=CustodyVia.IMPORT,
    )


def _license(computers: list[Asset], cast: Cast, at: datetime) -> None:
    """A seat for each computer in use, and some to spare."""
    fields = {
        "name": "Windows 11",
        "edition": "Enterprise",
        "seats": len(computers) + 100,
        "expires_on": timezone.localdate(at) + YEAR,
        **vendors.cover(vendors.HARDWARE),
    }
    licence: Licence = add_licence(fields=fields, actor=cast["lead"], at=at)
    seats = [LicenceSeat(licence=licence, asset=row, since=at) for row in computers]
    LicenceSeat.objects.bulk_create(seats, batch_size=BATCH)
    given = LicenceEvent.Code.SEAT_GIVEN
    LicenceEvent.objects.bulk_create(
        [
            LicenceEvent(licence=licence, code=given, actor=cast["agent"], at=at, facts={"asset": row.pk})
            for row in computers
        ],
        batch_size=BATCH,
    )
