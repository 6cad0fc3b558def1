"""Absences: who may enter them, what is refused, and the page on the desk."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from escalation.models import Absence
from escalation.services.absences import end_absence, save_absence
from helpdesk.accounts.models import TeamMembership, User
from helpdesk.common.errors import InvalidInput, NotAllowed, NotVisible
from tests.cast import Cast
from tests.escalation.conftest import MONDAY

pytestmark = pytest.mark.django_db

Away = Callable[..., Absence]
DAY = timedelta(days=1)
PAGE = "/desk/absence/"


def refused(away: Away, *told: Any) -> list[str]:
    with pytest.raises(InvalidInput) as caught:
        away(*told)
    return list(caught.value.fields)


# --- Rules ------------------------------------------------------------------------------------------------------


def test_absences_that_cannot_be_are_refused(cast: Cast, away: Away) -> None:
    assert refused(away, cast.agent, cast.agent2, MONDAY, MONDAY) == ["ends_at"]
    assert refused(away, cast.agent, cast.agent2, MONDAY - 2 * DAY, MONDAY - DAY) == ["ends_at"]
    assert refused(away, cast.agent, cast.agent, MONDAY, MONDAY + DAY) == ["substitute"]
    assert refused(away, cast.agent, cast.leaver, MONDAY, MONDAY + DAY) == ["substitute"]
    assert refused(away, cast.agent, cast.requester, MONDAY, MONDAY + DAY) == ["substitute"]
    assert refused(away, cast.requester, cast.agent, MONDAY, MONDAY + DAY) == ["person"]
    assert not Absence.objects.exists()


def test_absences_of_one_person_do_not_overlap(cast: Cast, away: Away) -> None:
    first = away(cast.agent, cast.agent2, MONDAY, MONDAY + 2 * DAY)
    assert refused(away, cast.agent, cast.lead, MONDAY + DAY, MONDAY + 3 * DAY) == ["starts_at"]
    away(cast.agent, cast.lead, MONDAY + 2 * DAY, MONDAY + 3 * DAY)
    first.note = "on leave"
    save_absence(absence=first, actor=cast.admin, at=MONDAY)


def test_substitutes_must_not_lead_round(cast: Cast, away: Away) -> None:
    away(cast.agent, cast.agent2, MONDAY, MONDAY + 3 * DAY)
    away(cast.agent2, cast.lead, MONDAY + 2 * DAY, MONDAY + 4 * DAY)
    assert refused(away, cast.lead, cast.agent, MONDAY, MONDAY + 9 * DAY) == ["substitute"], "only later, but round"
    away(cast.lead, cast.agent, MONDAY + 4 * DAY, MONDAY + 9 * DAY)


def test_who_may_enter_them(cast: Cast, away: Away) -> None:
    cast.applications.lead = cast.agent2
    cast.applications.save()
    allowed = {
        (cast.agent, cast.agent),
        (cast.lead, cast.agent),  # leads the first line, where the agent works
        (cast.agent2, cast.liaison),
        (cast.admin, cast.agent2),
    }
    forbidden = {(cast.agent, cast.agent2), (cast.lead, cast.agent2), (cast.requester, cast.agent), (cast.leaver,) * 2}
    for number, (actor, person) in enumerate(sorted(allowed, key=lambda pair: pair[0].pk)):
        other = cast.lead if person != cast.lead else cast.agent
        away(person, other, MONDAY + number * DAY, MONDAY + (number + 1) * DAY, actor=actor)
    for actor, person in forbidden:
        with pytest.raises(NotAllowed):
            away(person, cast.lead, MONDAY + 50 * DAY, MONDAY + 51 * DAY, actor=actor)


def test_who_sees_them(cast: Cast, away: Away) -> None:
    away(cast.agent, cast.agent2, MONDAY, MONDAY + DAY)
    TeamMembership.objects.create(team=cast.applications, user=cast.agent)
    for person, sees in ((cast.agent, 1), (cast.lead, 1), (cast.admin, 1), (cast.agent2, 0), (cast.requester, 0)):
        assert Absence.objects.visible_to(person).count() == sees, person


def test_ending_one_that_runs_keeps_it_and_one_to_come_is_taken_away(cast: Cast, away: Away) -> None:
    running = away(cast.agent, cast.agent2, MONDAY - DAY, MONDAY + DAY)
    coming = away(cast.agent, cast.agent2, MONDAY + 2 * DAY, MONDAY + 3 * DAY)
    for absence in (running, coming):
        end_absence(absence_id=absence.pk, actor=cast.agent, at=MONDAY)
    running.refresh_from_db()
    assert running.ends_at == MONDAY
    assert list(Absence.objects.all()) == [running]
    assert Absence.history.filter(id=coming.pk, history_type="-").get().history_user == cast.agent
    with pytest.raises(NotVisible):
        end_absence(absence_id=running.pk, actor=cast.agent2, at=MONDAY)


def test_the_database_refuses_what_slips_by_the_service(cast: Cast, away: Away) -> None:
    away(cast.agent, cast.agent2, MONDAY, MONDAY + DAY)
    for change in ({"ends_at": MONDAY}, {"substitute": cast.agent}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Absence.objects.update(**change)


# --- The page ---------------------------------------------------------------------------------------------------


@pytest.fixture
def browse(db: None) -> Callable[..., Client]:
    def sign_in(person: User, language: str = "en") -> Client:
        client = Client(HTTP_ACCEPT_LANGUAGE=language, raise_request_exception=False)
        client.force_login(person)
        return client

    return sign_in


def answers(**told: str) -> dict[str, str]:
    return {
        "starts_at": "2026-09-07T09:00",
        "ends_at": "2026-09-11T18:00",
        "substitute": "agent2",
        "note": "on leave",
        **told,
    }


@time_machine.travel(MONDAY, tick=False)
def test_one_enters_and_ends_ones_own_absence(cast: Cast, browse: Callable[..., Client]) -> None:
    client = browse(cast.agent)
    assert "No absences entered" in client.get(PAGE).content.decode()
    assert client.post(PAGE, answers()).status_code == 303
    absence = Absence.objects.get()
    assert (absence.person, absence.substitute, absence.note) == (cast.agent, cast.agent2, "on leave")
    assert absence.starts_at == datetime(2026, 9, 7, 1, 0, tzinfo=UTC)
    page = client.get(PAGE).content.decode()
    assert "Away now" in page
    assert "韩雪" in page
    assert client.post(f"{PAGE}{absence.pk}/end/").status_code == 303
    absence.refresh_from_db()
    assert absence.ends_at == MONDAY
    assert "No absences entered" in client.get(PAGE).content.decode()


@time_machine.travel(MONDAY, tick=False)
def test_leads_enter_them_for_their_people_and_others_cannot(cast: Cast, browse: Callable[..., Client]) -> None:
    lead, agent = browse(cast.lead), browse(cast.agent)
    assert 'name="person"' in lead.get(PAGE).content.decode()
    assert 'name="person"' not in agent.get(PAGE).content.decode()
    assert lead.post(PAGE, answers(person="agent2", substitute="agent")).status_code == 422, "works in another team"
    assert lead.post(PAGE, answers(person="agent")).status_code == 303
    assert Absence.objects.get().person == cast.agent
    assert (
        agent.post(PAGE, answers(person="lead", starts_at="2026-09-12T09:00", ends_at="2026-09-13T09:00")).status_code
        == 303
    )
    assert Absence.objects.latest("pk").person == cast.agent, "a name that was slipped in counts for nothing"


@time_machine.travel(MONDAY, tick=False)
@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"ends_at": "2026-09-07T08:00"}, "The end has to come after the beginning."),
        ({"ends_at": "soon"}, "Enter a valid date/time."),
        ({"substitute": "agent"}, "The substitute has to be somebody else."),
        ({"substitute": "requester"}, "Select a valid choice."),
        ({"starts_at": "9999-01-01T00:00", "ends_at": "9999-01-02T00:00"}, "between 1970 and 2200"),
        ({"note": "x" * 201}, "at most 200 characters"),
        ({"note": "a\x00b"}, "Null characters are not allowed."),
    ],
)
def test_bad_answers_come_back_with_a_sentence_and_what_was_typed(
    cast: Cast, browse: Callable[..., Client], told: dict[str, str], sentence: str
) -> None:
    page = browse(cast.agent).post(PAGE, answers(**told))
    assert page.status_code == 422
    assert sentence in page.content.decode()
    assert 'value="2026-09-11T18:00"' in page.content.decode() or "ends_at" in told
    assert not Absence.objects.exists()


def test_who_gets_in(cast: Cast, browse: Callable[..., Client]) -> None:
    assert Client().get(PAGE).status_code == 302
    expected = {"requester": 404, "agent": 200, "agent2": 200, "lead": 200, "liaison": 200, "admin": 403}
    for name, status in expected.items():
        client = browse(getattr(cast, name))
        assert client.get(PAGE).status_code == status, name
        assert client.get(f"{PAGE}1/end/").status_code == 405, name
        assert client.post(f"{PAGE}999/end/").status_code == 404, name
        assert client.post(f"{PAGE}{10**30}/end/").status_code == 404, name


def test_foreign_absences_cannot_be_ended(cast: Cast, away: Away, browse: Callable[..., Client]) -> None:
    absence = away(cast.agent, cast.agent2, MONDAY, MONDAY + DAY)
    assert browse(cast.agent2).post(f"{PAGE}{absence.pk}/end/").status_code == 404
    assert browse(cast.requester).post(f"{PAGE}{absence.pk}/end/").status_code == 404
    assert Absence.objects.exists()


@time_machine.travel(MONDAY, tick=False)
def test_the_page_costs_the_same_for_many(cast: Cast, away: Away, browse: Callable[..., Client]) -> None:
    client = browse(cast.lead)

    def asked() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert client.get(PAGE).status_code == 200
        return len(caught)

    away(cast.agent, cast.agent2, MONDAY, MONDAY + DAY)
    few = asked()
    for number in range(1, 6):
        away(cast.agent, cast.agent2, MONDAY + number * DAY, MONDAY + (number + 1) * DAY)
    assert asked() == few <= 17


@time_machine.travel(MONDAY, tick=False)
def test_substitutes_learn_for_whom_they_stand_in(cast: Cast, away: Away, browse: Callable[..., Client]) -> None:
    away(cast.agent, cast.agent2, MONDAY, MONDAY + DAY, actor=cast.agent)
    page = browse(cast.agent2).get(PAGE).content.decode()
    assert "You stand in for 李强 from today 10:00 until tomorrow 10:00." in page
    assert "No absences entered" in page, "the absence itself is not theirs"
    assert "You stand in for" not in browse(cast.agent).get(PAGE).content.decode()


def test_the_menu_leads_there(cast: Cast, browse: Callable[..., Client]) -> None:
    assert f'href="{PAGE}"' in browse(cast.agent).get("/desk/").content.decode()
    assert f'href="{PAGE}"' not in browse(cast.requester).get("/").content.decode()
