"""Telling substitutes that they stand in, that it has changed, or that it is over: each once, through the outbox."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from escalation.models import Absence
from helpdesk.accounts.models import User
from helpdesk.common.outbox import Notice, Occasion, enqueue_all

SUBJECT_TYPE = "absence"


@dataclass(frozen=True)
class Duty:
    """Who stands in for whom, from when until when: what can still be told when the absence itself is gone."""

    person_id: int
    substitute_id: int
    starts_at: datetime
    ends_at: datetime

    @classmethod
    def of(cls, absence: Absence) -> Duty:
        return cls(absence.person_id, absence.substitute_id, absence.starts_at, absence.ends_at)

    @property
    def people(self) -> tuple[int, int]:
        return self.person_id, self.substitute_id

    @property
    def payload(self) -> dict[str, Any]:
        return {
            "person": self.person_id,
            "starts_at": self.starts_at.isoformat(),
            "ends_at": self.ends_at.isoformat(),
        }


def tell(*, absence_id: int, before: Duty | None, after: Duty | None, actor: User, at: datetime) -> None:
    """Tell whom a change concerns, except who made it. None: nobody stood in before, or nobody does from now on."""
    enqueue_all(
        [
            Occasion(
                [Notice(topic, duty.substitute_id, duty.payload)],
                event_key=f"absence-{absence_id}-{at:%Y%m%d%H%M%S%f}-{topic}",
                subject_type=SUBJECT_TYPE,
                subject_id=absence_id,
            )
            for topic, duty in _news(before, after)
            if duty.substitute_id != actor.pk
        ],
        at=at,
    )


def _news(before: Duty | None, after: Duty | None) -> Iterator[tuple[str, Duty]]:
    if before == after:
        return
    if before is not None and after is not None and before.people == after.people:
        yield "stand_in_changed", after
        return
    if before is not None:
        yield "stand_in_ended", before
    if after is not None:
        yield "stand_in", after
