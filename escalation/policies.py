"""May they? The only place that answers for paths and absences."""

from __future__ import annotations

from helpdesk.accounts.models import Team, User
from helpdesk.accounts.roles import Ability


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
