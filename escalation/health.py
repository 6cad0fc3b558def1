"""Holes in the set-up: what an escalation would fall through, and where that is mended (M3.4-5).

Everything is read once; each hole is then a function of what was read.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from escalation import calendars
from escalation.models import BusinessCalendar, EscalationLevel, EscalationPath, SlaPolicyVersion, SlaRule
from escalation.paths import Roster, branch_of, can_be_asked, sort_of
from escalation.policy_rules import Sort, first_taking, never_reached
from escalation.selectors import sorts_of, versions_in_force
from escalation.turns import stand_in
from helpdesk.accounts.models import Team, User
from helpdesk.common.templatetags.hd import when_text
from tickets.choices import PRIORITY_LABELS
from tickets.handover import Reason
from tickets.mail_words import problem_text
from tickets.models import Category
from tickets.priority import Priority
from tickets.services.mailroom import mailboxes
from tickets.targets import Target


class Area(StrEnum):
    """Where a hole is."""

    PATHS = "paths"
    PEOPLE = "people"
    CATALOGUE = "catalogue"
    TARGETS = "targets"
    MAIL = "mail"


@dataclass(frozen=True)
class Problem:
    """One hole as a sentence, and the page on which it is mended with what is done there."""

    area: Area
    text: str
    url: str
    link: str


@dataclass(frozen=True)
class SetUp:
    """The whole configuration as it stands at one instant."""

    at: datetime
    categories: dict[int, Category]
    paths: list[EscalationPath]
    levels: list[EscalationLevel]
    roster: Roster
    teams: list[Team]
    rules: list[SlaRule]
    versions: dict[int, SlaPolicyVersion]  # in force, by policy

    @classmethod
    def read(cls, at: datetime) -> SetUp:
        levels = EscalationLevel.objects.filter(path__is_retired=False).order_by("path__position", "path_id", "number")
        versions = versions_in_force().filter(policy__in=SlaRule.objects.exclude(policy=None).values("policy"))
        working = Count("memberships", filter=Q(memberships__user__is_active=True, memberships__user__is_agent=True))
        teams = Team.objects.filter(is_retired=False).select_related("lead").annotate(working=working)
        return cls(
            at=at,
            categories={row.pk: row for row in Category.objects.select_related("team")},
            paths=list(EscalationPath.objects.in_use().select_related("category")),
            levels=list(levels.select_related("path", "team", "responsible", "deputy", "calendar")),
            roster=Roster.from_now(at),
            teams=list(teams),
            rules=list(SlaRule.objects.select_related(*SlaRule.RELATED)),
            versions={row.policy_id: row for row in versions.select_related("policy", "calendar")},
        )

    def categories_where(self, state: Mapping[int, Hashable]) -> list[Category]:
        """The categories on offer that something is true of, without those below one of which the same is true."""
        return [
            category
            for category in self.categories.values()
            if not category.is_retired and state.get(category.pk) and not self._is_said_above(category, state)
        ]

    def _is_said_above(self, category: Category, state: Mapping[int, Hashable]) -> bool:
        above = self.categories.get(category.parent_id or 0)
        return above is not None and not above.is_retired and state.get(above.pk) == state[category.pk]


def problems(at: datetime) -> list[Problem]:
    """All holes of the set-up, sorted by where they are."""
    set_up = SetUp.read(at)
    found = [problem for hole in HOLES for problem in hole(set_up)]
    return sorted(found, key=lambda problem: list(Area).index(problem.area))


def _page(model: str, pk: object = None) -> str:
    """The administration's page of a row, or the one for adding."""
    return reverse(f"admin:{model}_add") if pk is None else reverse(f"admin:{model}_change", args=[pk])


def _at_path(path: EscalationPath, text: str, area: Area = Area.PATHS) -> Problem:
    return Problem(area, text, _page("escalation_escalationpath", path.pk), _("Open the path"))


def _names(level: EscalationLevel) -> dict[str, object]:
    return {"path": level.path, "level": level.label}


# --- Paths ------------------------------------------------------------------------------------------------------


def tickets_without_path(set_up: SetUp) -> Iterator[Problem]:
    """Tickets that would go up to nobody, by category; and those that nobody has classified yet."""
    add = (_page("escalation_escalationpath"), _("Add a path"))
    if not set_up.paths:
        yield Problem(Area.PATHS, _("There is no escalation path: nothing that is late reaches anybody."), *add)
        return
    sorts = [sort_of(path) for path in set_up.paths]

    def covered(ticket: Sort) -> int:
        """For how many reasons this ticket has a path."""
        return sum(first_taking(sorts, replace(ticket, trigger=code.value)) is not None for code in Reason)

    reasons = {
        pk: tuple(covered(Sort(category_branch=branch_of(category), priority=code)) for code in Priority)
        for pk, category in set_up.categories.items()
    }
    missing = {pk: counts for pk, counts in reasons.items() if min(counts) < len(Reason)}
    for category in set_up.categories_where(missing):
        yield Problem(Area.PATHS, _what_is_missing(category, missing[category.pk]), *add)
    unclassified = covered(Sort())
    if not unclassified:
        yield Problem(Area.PATHS, _("Tickets that nobody has classified yet have no escalation path."), *add)
    elif unclassified < len(Reason):
        text = _("Tickets that nobody has classified yet have an escalation path for some reasons only.")
        yield Problem(Area.PATHS, text, *add)


def _what_is_missing(category: Category, reasons: tuple[int, ...]) -> str:
    """A sentence about a category that has a path for so many reasons, by priority."""
    lacking = [PRIORITY_LABELS[code] for code, count in zip(Priority, reasons, strict=True) if count < len(Reason)]
    if not any(reasons):
        text = _("Tickets of “%(category)s” have no escalation path.")
    elif len(lacking) == len(Priority):
        text = _("Tickets of “%(category)s” have an escalation path for some reasons only.")
    else:
        text = _("Some tickets of “%(category)s” have no escalation path: priority %(priorities)s.")
    return text % {"category": category, "priorities": pgettext("list", ", ").join(map(str, lacking))}


def paths_without_effect(set_up: SetUp) -> Iterator[Problem]:
    """Paths that no ticket takes, or that lead nowhere."""
    with_levels = {level.path_id for level in set_up.levels}
    for path in set_up.paths:
        if path.pk not in with_levels:
            yield _at_path(path, _("“%(path)s” has no levels.") % {"path": path})
        if path.category is not None and path.category.is_retired:
            values = {"path": path, "category": path.category}
            yield _at_path(path, _("“%(path)s” is for “%(category)s”, which is no longer used.") % values)
    for later, before in never_reached([sort_of(path) for path in set_up.paths]):
        text = _("“%(later)s” is never reached: “%(before)s” stands before it and takes all of its tickets.")
        path = set_up.paths[later]
        yield _at_path(path, text % {"later": path, "before": set_up.paths[before]})


# --- People -----------------------------------------------------------------------------------------------------


def people_who_cannot_be_asked(set_up: SetUp) -> Iterator[Problem]:
    for level in set_up.levels:
        values = _names(level)
        for person in (level.responsible, level.deputy):
            if person is None:
                text = _("%(level)s of “%(path)s” has no deputy.") % values
            elif not can_be_asked(person):
                text = _("%(level)s of “%(path)s” asks %(name)s, who doesn't work on tickets any more.")
                text %= {**values, "name": person.get_full_name()}
            else:
                text = _away_without_substitute(person, level, set_up)
            if text:
                yield _at_path(level.path, text, Area.PEOPLE)


def _away_without_substitute(person: User, level: EscalationLevel, set_up: SetUp) -> str:
    """A sentence if the person is away now and their substitute can't stand in; else nothing."""
    absence = set_up.roster.absence_of(person, set_up.at)
    if absence is None:
        return ""

    def substitute_of(person: User) -> User | None:
        return set_up.roster.substitute_of(person, set_up.at)

    if stand_in(person, can_work=can_be_asked, substitute_of=substitute_of) is not None:
        return ""
    text = _("%(level)s of “%(path)s” asks %(name)s, who is away until %(end)s, and %(substitute)s can't stand in.")
    return text % {
        **_names(level),
        "name": person.get_full_name(),
        "end": when_text(absence.ends_at),
        "substitute": absence.substitute.get_full_name(),
    }


# --- Categories and teams ---------------------------------------------------------------------------------------


def categories_without_team(set_up: SetUp) -> Iterator[Problem]:
    """New tickets there land with nobody: neither the category nor one above it has a team that works."""
    teams = {pk: category.team for pk, category in set_up.categories.items()}

    def has_team(pk: int) -> bool:
        team = teams.get(pk)
        return team is not None and not team.is_retired

    without = {pk: not any(has_team(above) for above in category.branch) for pk, category in set_up.categories.items()}
    for category in set_up.categories_where(without):
        text = _("New tickets of “%(category)s” land with no team.") % {"category": category}
        yield Problem(Area.CATALOGUE, text, _page("tickets_category", category.pk), _("Open the category"))


def teams_without_people(set_up: SetUp) -> Iterator[Problem]:
    for team in set_up.teams:
        here = (_page("accounts_team", team.pk), _("Open the team"))
        if team.lead is None or not can_be_asked(team.lead):
            yield Problem(Area.CATALOGUE, _("“%(team)s” has no lead.") % {"team": team}, *here)
        if not team.working:  # type: ignore[attr-defined]
            yield Problem(Area.CATALOGUE, _("Nobody works in “%(team)s”.") % {"team": team}, *here)


# --- Mail -------------------------------------------------------------------------------------------------------


def failing_mailboxes(set_up: SetUp) -> Iterator[Problem]:
    for state in mailboxes.failing():
        text = _("Mailbox “%(name)s” can't be read since %(time)s: %(problem)s")
        told = {
            "name": state.mailbox,
            "time": when_text(state.failing_since),
            "problem": problem_text(state.last_error),
        }
        yield Problem(Area.MAIL, text % told, _page("tickets_mailbox", state.mailbox_id), _("Open the mailbox"))


def full_mailboxes(set_up: SetUp) -> Iterator[Problem]:
    for state in mailboxes.nearly_full():
        text = _("Mailbox “%(name)s” is %(percent)d%% full. Make room in it, or new mails will be refused.")
        told = {"name": state.mailbox, "percent": state.percent_full}
        yield Problem(Area.MAIL, text % told, _page("tickets_mailbox", state.mailbox_id), _("Open the mailbox"))


# --- Targets and calendars --------------------------------------------------------------------------------------


def urgent_without_target(set_up: SetUp) -> Iterator[Problem]:
    """P1 tickets for which nobody has promised a solution in time."""
    sorts = sorts_of(set_up.rules)
    for place, rule in enumerate(set_up.rules):
        urgent = replace(sorts[place], priority=Priority.P1.value)
        if not sorts[place].takes(urgent) or first_taking(sorts[:place], urgent) is not None:
            continue
        version = set_up.versions.get(rule.policy_id or 0)
        if version is None:
            text = _("The rule “%(rule)s” gives urgent tickets (P1) no target.") % {"rule": rule}
            yield Problem(Area.TARGETS, text, _page("escalation_slarule", rule.pk), _("Open the rule"))
        elif version.target(Target.RESOLUTION) is None:
            text = _("“%(policy)s” holds for urgent tickets (P1) and has no target for the solution.")
            here = (_page("escalation_slapolicy", version.policy_id), _("Open the policy"))
            yield Problem(Area.TARGETS, text % {"policy": version.policy}, *here)
    missing = {
        pk: first_taking(sorts, Sort(category_branch=branch_of(category), priority=Priority.P1.value)) is None
        for pk, category in set_up.categories.items()
    }
    add = (_page("escalation_slarule"), _("Add a rule"))
    on_offer = [pk for pk, category in set_up.categories.items() if not category.is_retired]
    if all(missing[pk] for pk in on_offer):
        yield Problem(Area.TARGETS, _("No rule gives all urgent tickets (P1) a policy."), *add)
        return
    for category in set_up.categories_where(missing):
        text = _("No rule gives urgent tickets (P1) of “%(category)s” a policy.") % {"category": category}
        yield Problem(Area.TARGETS, text, *add)


def _used_calendars(set_up: SetUp) -> list[BusinessCalendar]:
    calendars_of = [version.calendar for version in set_up.versions.values()]
    calendars_of += [level.calendar for level in set_up.levels]
    return list({calendar.pk: calendar for calendar in calendars_of}.values())


def years_without_notice(set_up: SetUp) -> Iterator[Problem]:
    for calendar in _used_calendars(set_up):
        year = calendars.year_without_notice(calendar, at=set_up.at)
        if year is not None:
            text = _("“%(name)s” doesn't know the make-up working days of %(year)d yet. Import the notice.")
            url = reverse("admin:escalation_businesscalendar_import", args=[calendar.pk])
            yield Problem(Area.TARGETS, text % {"name": calendar, "year": year}, url, _("Import the notice"))


def retired_but_used(set_up: SetUp) -> Iterator[Problem]:
    """What was retired while tickets still depend on it."""
    for policy in {rule.policy for rule in set_up.rules if rule.policy is not None and rule.policy.is_retired}:
        text = _("“%(policy)s” is retired, and rules still give it.") % {"policy": policy}
        yield Problem(Area.TARGETS, text, _page("escalation_slapolicy", policy.pk), _("Open the policy"))
    for rule in set_up.rules:
        if rule.requester_group is not None and rule.requester_group.is_retired:
            text = _("The rule “%(rule)s” is for “%(group)s”, which is retired.")
            text %= {"rule": rule, "group": rule.requester_group}
            yield Problem(Area.TARGETS, text, _page("escalation_slarule", rule.pk), _("Open the rule"))
    for version in set_up.versions.values():
        if version.calendar.is_retired:
            text = _("“%(policy)s” counts by “%(calendar)s”, which is retired.")
            text %= {"policy": version.policy, "calendar": version.calendar}
            yield Problem(Area.TARGETS, text, _page("escalation_slapolicy", version.policy_id), _("Open the policy"))
    for level in set_up.levels:
        if level.calendar.is_retired:
            text = _("%(level)s of “%(path)s” counts by “%(calendar)s”, which is retired.")
            yield _at_path(level.path, text % {**_names(level), "calendar": level.calendar})
        if level.team.is_retired:
            text = _("%(level)s of “%(path)s” belongs to “%(team)s”, which is retired.")
            yield _at_path(level.path, text % {**_names(level), "team": level.team})


HOLES = (
    tickets_without_path,
    paths_without_effect,
    people_who_cannot_be_asked,
    categories_without_team,
    teams_without_people,
    urgent_without_target,
    years_without_notice,
    retired_but_used,
    failing_mailboxes,
    full_mailboxes,
)
