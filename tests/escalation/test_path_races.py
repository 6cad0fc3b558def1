"""Paths and absences changed by several people at once, with real threads and connections."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection

from escalation.models import Absence, EscalationLevel, EscalationPath
from escalation.paths import levels_of
from escalation.services.absences import save_absence
from escalation.services.paths import save_path
from helpdesk.accounts.models import User
from helpdesk.common.errors import InvalidInput
from tests.api.test_races import all_at_once
from tests.cast import Cast
from tests.escalation.conftest import MONDAY

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.postgres_only,
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="SQLite lets one writer in at a time; races are tested on PostgreSQL"
    ),
]
DAY = timedelta(days=1)


def entering(person: User, substitute: User, actor: User) -> Callable[[], str]:
    def act() -> str:
        absence = Absence(person=person, substitute=substitute, starts_at=MONDAY, ends_at=MONDAY + DAY)
        try:
            save_absence(absence=absence, actor=actor, at=MONDAY)
        except InvalidInput as error:
            return next(iter(error.fields))
        return "entered"

    return act


def test_one_of_many_overlapping_absences_is_entered(cast: Cast) -> None:
    told = Counter(all_at_once([entering(cast.agent, cast.agent2, cast.admin)] * 8))
    assert told == {"entered": 1, "starts_at": 7}
    assert Absence.objects.count() == 1


def test_two_people_cannot_become_each_others_substitute_at_the_same_moment(cast: Cast) -> None:
    acts = [entering(cast.agent, cast.agent2, cast.admin), entering(cast.agent2, cast.agent, cast.admin)]
    assert sorted(map(str, all_at_once(acts))) == ["entered", "substitute"]


def test_levels_stay_numbered_whoever_changes_them(
    cast: Cast, make_path: Callable[..., EscalationPath], level: Callable[..., EscalationLevel]
) -> None:
    people = (cast.agent2, cast.lead, cast.liaison)
    path = make_path([level(number, person) for number, person in enumerate(people, 1)])

    def turn_round() -> None:
        levels = levels_of(EscalationPath.objects.get(pk=path.pk))[::-1]
        for number, row in enumerate(levels, 1):
            row.number = number
        save_path(path=path, levels=levels, actor=cast.admin, at=MONDAY)

    all_at_once([turn_round] * 6)
    assert [row.number for row in levels_of(path)] == [1, 2, 3]
