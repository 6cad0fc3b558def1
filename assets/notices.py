"""Telling people about assets and licences, through the outbox. The sentences stand in `notifications/asset_topics.py`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from assets.models import Asset, CustodyAct, Licence
from helpdesk.accounts.models import User
from helpdesk.common.outbox import Notice, enqueue

SUBJECT_TYPE = "register"


class Topic(StrEnum):
    """What is told. The id of the subject is that of the hand-out or return, of the asset, or of the licence."""

    RECEIPT_ASKED = "receipt_asked"
    RETURN_ASKED = "return_asked"
    DECLINED = "custody_declined"
    RELEASED = "custody_released"
    LOAN_EXTENDED = "loan_extended"
    LENT_OVERDUE = "lent_overdue"
    LICENCE_EXPIRES = "licence_expires"


CUSTODY_TOPICS = frozenset({Topic.RECEIPT_ASKED, Topic.RETURN_ASKED, Topic.DECLINED, Topic.RELEASED})
LOAN_TOPICS = frozenset({Topic.LENT_OVERDUE, Topic.LOAN_EXTENDED})


def tell(topic: Topic, act: CustodyAct, person_id: int, *, at: datetime, actor: User | None) -> None:
    """Tell somebody once of a hand-out or return, unless they did it themselves."""
    if actor is None or actor.pk != person_id:
        _enqueue(topic, f"{topic}-{act.pk}", act.pk, [person_id], at=at)


def tell_overdue(asset: Asset, people: Iterable[int], *, at: datetime) -> None:
    """Tell people once that what was lent until this day isn't back."""
    topic = Topic.LENT_OVERDUE
    _enqueue(topic, f"{topic}-{asset.pk}-{asset.lent_until_on}", asset.pk, people, at=at)


def tell_extended(asset: Asset, *, at: datetime, actor: User) -> None:
    """Tell who has it until when they may keep it, unless they did it themselves."""
    assert asset.holder_id is not None
    if asset.holder_id != actor.pk:
        topic = Topic.LOAN_EXTENDED
        _enqueue(topic, f"{topic}-{asset.pk}-{asset.lent_until_on}", asset.pk, [asset.holder_id], at=at)


def tell_expiry(licence: Licence, people: Iterable[int], *, at: datetime) -> None:
    """Tell people once that a licence ends on this day."""
    topic = Topic.LICENCE_EXPIRES
    _enqueue(topic, f"{topic}-{licence.pk}-{licence.expires_on}", licence.pk, people, at=at)


def _enqueue(topic: Topic, key: str, subject_id: int, people: Iterable[int], *, at: datetime) -> None:
    notices = [Notice(topic, person) for person in dict.fromkeys(people)]
    enqueue(notices, event_key=key, subject_type=SUBJECT_TYPE, subject_id=subject_id, at=at)
