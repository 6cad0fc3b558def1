"""Writes to escalation paths and their levels. Every level has to end at somebody who works here (M3.4-5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F, ProtectedError
from django.utils.translation import gettext as _

from escalation.actions import TELLING, Action
from escalation.models import EscalationLevel, EscalationPath
from escalation.models.path import LONGEST_ACCEPTANCE
from escalation.paths import Roster, can_be_asked, sort_of
from escalation.policy_rules import never_reached
from helpdesk.accounts.models import User
from helpdesk.common.errors import Conflict, InvalidInput
from helpdesk.common.locking import lock_row

Problems = dict[str, list[str]]
MOST_LEVELS = 20
OUT_OF_THE_WAY = 1000  # numbers that no level has
LONGEST_HANDLING = 366 * 24 * 60  # minutes
LEVEL_FACTS = (
    "number",
    "team_id",
    "responsible_id",
    "deputy_id",
    "acceptance_minutes",
    "handling_minutes",
    "calendar_id",
    "actions",
)


def refuse_bad_place(path: EscalationPath) -> None:
    """Raise InvalidInput if no ticket could take this path, or if with it no ticket could take a later one."""
    if path.category is not None and path.category.is_retired:
        message = _("This category is no longer used, so no ticket would take this path. Choose another one.")
        raise InvalidInput(fields={"category": [message]})
    if path.is_retired:
        return
    others = EscalationPath.objects.in_use().select_related("category").exclude(pk=path.pk)
    paths = sorted([*others, path], key=lambda row: (row.position, row.pk or float("inf")))
    found = never_reached([sort_of(row) for row in paths])
    if not found:
        return
    later, before = found[0]
    message = _("“%(later)s” would never be reached: “%(before)s” stands before it and takes all of its tickets.")
    raise InvalidInput(fields={"position": [message % {"later": paths[later], "before": paths[before]}]})


def refuse_bad_levels(levels: Sequence[EscalationLevel], *, at: datetime) -> None:
    """Raise InvalidInput unless these levels, in this order, lead from one reachable person to the next.

    `fields` names them as `levels.0.responsible`; what belongs to no single one is under `levels`.
    """
    problems: Problems = {}
    if not levels:
        problems["levels"] = [_("A path needs at least one level.")]
    if len(levels) > MOST_LEVELS:
        problems["levels"] = [_("A path has at most %(count)d levels.") % {"count": MOST_LEVELS}]
    roster = Roster.from_now(at)
    asked: dict[tuple[int, int], int] = {}
    for index, level in enumerate(levels):
        found = _problems_of(level, roster, at)
        if level.number != index + 1:
            found.setdefault("number", []).append(_("Number the levels 1, 2, 3 and so on, without a gap."))
        earlier = asked.setdefault((level.team_id, level.responsible_id), level.number)
        if earlier != level.number:
            message = _("Level %(number)d asks the same team and person already; the path would go round.")
            found.setdefault("responsible", []).append(message % {"number": earlier})
        problems |= {f"levels.{index}.{name}": texts for name, texts in found.items()}
    if levels and Action.OFFER not in levels[-1].actions:
        message = _("The last level has to ask somebody to take the ticket over; after it nobody else comes.")
        problems.setdefault(f"levels.{len(levels) - 1}.actions", []).append(message)
    if problems:
        raise InvalidInput(fields=problems)


def _problems_of(level: EscalationLevel, roster: Roster, at: datetime) -> Problems:
    problems: Problems = {}
    if level.team.is_retired:
        problems["team"] = [_("This team is no longer used. Choose another one.")]
    for name, person in (("responsible", level.responsible), ("deputy", level.deputy)):
        if person is not None and not can_be_asked(person):
            message = _("%(name)s doesn't work on tickets, or no longer. Choose somebody who does.")
            problems[name] = [message % {"name": person.get_full_name()}]
    if level.deputy_id is not None and level.deputy_id == level.responsible_id:
        problems["deputy"] = [_("The deputy has to be somebody else.")]
    if not problems and all(roster.absence_of(turn.person, at) for turn in roster.people_of(level, at)):
        message = _("Everybody on this level is away now, and so are those who stand in for them.")
        problems["responsible"] = [message]
    if not 1 <= level.acceptance_minutes <= LONGEST_ACCEPTANCE:
        problems["acceptance_minutes"] = [_("The time to accept is at least one minute and at most 30 days.")]
    if level.handling_minutes is not None and not 1 <= level.handling_minutes <= LONGEST_HANDLING:
        problems["handling_minutes"] = [_("The time to solve it there is at least one minute and at most a year.")]
    if level.calendar.is_retired:
        problems["calendar"] = [_("This calendar is no longer used. Choose another one.")]
    elif not any(level.calendar.hours):
        problems["calendar"] = [_("This calendar has no working hours. Choose another one.")]
    if not isinstance(level.actions, list) or not set(level.actions) <= set(Action):
        problems["actions"] = [_("There is no such action.")]
    elif not set(level.actions) & set(TELLING):
        problems["actions"] = [
            _("Somebody has to learn of it: tell the people of the level, or ask them to take over.")
        ]
    return problems


@transaction.atomic
def save_path(
    *,
    path: EscalationPath,
    levels: Sequence[EscalationLevel],
    actor: User,
    at: datetime,
    reason: str = "",
) -> EscalationPath:
    """Store a path with exactly these levels, in this order. Raises InvalidInput, and Conflict for a level in use."""
    refuse_bad_place(path)
    refuse_bad_levels(levels, at=at)
    _sign(path, actor, reason)
    path.save()
    lock_row(EscalationPath.objects.all(), pk=path.pk)
    present = {level.pk: level for level in path.levels.all()}
    _remove((present[pk] for pk in present.keys() - {level.pk for level in levels}), actor, reason)
    _make_room(path, levels, present)
    for level in levels:
        level.path = path
        level.actions = [action.value for action in Action if action in level.actions]
        before = present.get(level.pk)
        if before is None or any(getattr(before, name) != getattr(level, name) for name in LEVEL_FACTS):
            _sign(level, actor, reason)
            level.save()
    return path


def _remove(levels: Iterable[EscalationLevel], actor: User, reason: str) -> None:
    for level in levels:
        _sign(level, actor, reason)
        try:
            level.delete()
        except ProtectedError:
            message = _("Level %(number)d can't be removed: tickets went up to it. Retire the path instead.")
            raise Conflict(message % {"number": level.number}) from None


def _make_room(path: EscalationPath, levels: Sequence[EscalationLevel], present: dict[int, EscalationLevel]) -> None:
    """Two levels may change places, and for a moment both would have the same number."""
    moved = [level.pk for level in levels if level.pk in present and present[level.pk].number != level.number]
    path.levels.filter(pk__in=moved).update(number=F("number") + OUT_OF_THE_WAY)


@transaction.atomic
def retire_path(*, path: EscalationPath, is_retired: bool, actor: User, at: datetime, reason: str = "") -> None:
    """Send no more tickets up this way, or send them again. Raises InvalidInput if it no longer leads anywhere."""
    path.is_retired = is_retired
    if not is_retired:
        refuse_bad_place(path)
        refuse_bad_levels(list(path.levels.select_related("team", "responsible", "deputy", "calendar")), at=at)
    _sign(path, actor, reason)
    path.save()


def _sign(row: EscalationPath | EscalationLevel, actor: User, reason: str) -> None:
    row._history_user = actor  # type: ignore[union-attr]
    row._change_reason = reason  # type: ignore[union-attr]
