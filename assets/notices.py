"""Telling people about assets and licences, through the outbox. What is said stands in `notifications/asset_topics.py`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from assets.models import Asset, CustodyAct, Licence
from helpdesk.accounts.models import User
from helpdesk.common.outbox import Notice, enqueue

ASSET, CUSTODY, LICENCE = "asset", "custody", "licence"


def tell(topic: str, act: CustodyAct, people: Iterable[int], *, at: datetime, actor: User | None) -> None:
    """Tell people once of a hand-out or return; not who did it themselves."""
    actor_id = actor.pk if actor is not None else None
    notices = [Notice(topic, person) for person in people if person != actor_id]
    enqueue(notices, event_key=f"{topic}-{act.pk}", subject_type=CUSTODY, subject_id=act.pk, at=at)


def tell_overdue(asset: Asset, people: Iterable[int], *, at: datetime) -> None:
    """Tell people once that what was lent until this day isn't back."""
    notices = [Notice("lent_overdue", person, {"day": f"{asset.lent_until_on}"}) for person in people]
    key = f"lent-overdue-{asset.pk}-{asset.lent_until_on}"
    enqueue(notices, event_key=key, subject_type=ASSET, subject_id=asset.pk, at=at)


def tell_expiry(licence: Licence, people: Iterable[int], *, at: datetime) -> None:
    """Tell people once that a licence ends on this day."""
    notices = [Notice("licence_expires", person, {"day": f"{licence.expires_on}"}) for person in people]
    key = f"licence-expires-{licence.pk}-{licence.expires_on}"
    enqueue(notices, event_key=key, subject_type=LICENCE, subject_id=licence.pk, at=at)
