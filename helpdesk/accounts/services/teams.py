"""Teams, departments and requester groups on and off the offer."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from helpdesk.accounts.models import Department, RequesterGroup, Team, User
from helpdesk.common.errors import Conflict, InvalidInput

Unit = Team | Department | RequesterGroup


def refuse_last_team(team: Team) -> None:
    """Raise Conflict if no team would be left to work on tickets. Call it inside a transaction."""
    others = Team.objects.select_for_update().filter(is_retired=False).exclude(pk=team.pk).order_by("pk")
    if not list(others):
        raise Conflict(_("At least one team must stay, or nobody gets the tickets."), code="nothing_left_on_offer")


@transaction.atomic
def set_retired(*, unit: Unit, is_retired: bool, actor: User, reason: str = "") -> None:
    """Retire or restore a team, a department or a group. Tickets and people keep it. Raises Conflict or InvalidInput."""
    if isinstance(unit, Team) and is_retired:
        refuse_last_team(unit)
    if isinstance(unit, Department) and is_retired and unit.children.filter(is_retired=False).exists():
        raise Conflict(_("Departments below it are still in use. Retire them first."))
    if isinstance(unit, Department) and not is_retired and unit.parent is not None and unit.parent.is_retired:
        raise InvalidInput(fields={"is_retired": [_("The department above is retired. Restore it first.")]})
    unit.is_retired = is_retired
    unit._history_user = actor  # type: ignore[union-attr]
    unit._change_reason = reason[:100]  # type: ignore[union-attr]
    unit.save(update_fields=["is_retired"])
