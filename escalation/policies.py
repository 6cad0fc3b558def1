"""May they? The only place that answers for hand-overs and absences."""

from __future__ import annotations

from escalation.models import Escalation
from helpdesk.accounts.models import Team, User
from helpdesk.accounts.roles import Ability
from tickets.models import Ticket
from tickets.policies import can_work_on


def can_set_absence(user: User, person: User) -> bool:
    """Everybody who works on tickets for themselves, leads for the people of their teams, administrators for all."""
    if user.can(Ability.CONFIGURE):
        return True
    if not user.can(Ability.WORK):
        return False
    return user.pk == person.pk or Team.objects.filter(is_retired=False, lead=user, memberships__user=person).exists()


def can_be_away(user: User) -> bool:
    """Only who works on tickets needs a substitute."""
    return user.can(Ability.WORK)


def people_to_mark_away(user: User) -> list[User]:
    """Whose absences somebody may enter on the desk, themselves first."""
    workers = User.objects.desk()
    theirs = workers.filter(memberships__team__lead=user, memberships__team__is_retired=False).exclude(pk=user.pk)
    return [user, *theirs.distinct().order_by("full_name", "pk")]


def can_answer(user: User, escalation: Escalation) -> bool:
    """Accept or send back: whoever is asked, the people named on the level, its team, and leads (M3.4-6)."""
    if not user.can(Ability.WORK):
        return False
    level = escalation.level
    named = {escalation.offered_to_id, escalation.stands_for_id}
    if level is not None:
        named |= {level.responsible_id, level.deputy_id}
    return user.pk in named or escalation.team_id in user.team_ids or user.can(Ability.WORK_EVERYWHERE)


def can_complete(user: User, ticket: Ticket) -> bool:
    """Complete a package: who works on the ticket, because they know what is missing."""
    return can_work_on(user, ticket)
