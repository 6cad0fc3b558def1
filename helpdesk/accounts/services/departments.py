"""The organisation's tree of departments."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from helpdesk.accounts.models import Department, User
from helpdesk.accounts.signals import belonging_changed
from helpdesk.common.errors import InvalidInput
from helpdesk.common.tree import level_of, levels_below, would_be_a_ring

MAX_LEVELS = 8


def refuse_bad_place(department: Department) -> None:
    """Raise InvalidInput naming `parent` if the department would stand below itself or too deep."""
    parents = dict(Department.objects.order_by("pk").values_list("pk", "parent_id"))
    if department.pk and would_be_a_ring(parents, node=department.pk, parent=department.parent_id):
        raise InvalidInput(fields={"parent": [_("A department can't stand below itself.")]})
    below = levels_below(parents, department.pk) if department.pk else 0
    if level_of(parents, department.parent_id) + 1 + below > MAX_LEVELS:
        raise InvalidInput(fields={"parent": [_("The tree has at most %(count)d levels.") % {"count": MAX_LEVELS}]})


@transaction.atomic
def save_department(*, department: Department, actor: User, reason: str = "") -> Department:
    """Store a department in its place. Raises InvalidInput."""
    refuse_bad_place(department)
    before = Department.objects.filter(pk=department.pk).values_list("parent_id", flat=True)
    has_moved = department.pk is not None and before.first() != department.parent_id
    department._history_user = actor  # type: ignore[attr-defined]
    department._change_reason = reason[:100]  # type: ignore[attr-defined]
    department.save()
    if has_moved:
        belonging_changed.send(sender=Department, people=None)
    return department
