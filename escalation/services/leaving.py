"""What a person must hand over before leaving: their places on escalation paths."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Q
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from escalation.models import EscalationLevel
from helpdesk.accounts.models import User
from helpdesk.accounts.services.people import Obstacle, before_leaving


@before_leaving
def places_on_paths(person: User) -> Iterator[Obstacle]:
    """Levels on which somebody would be asked who is gone (M3.4-5)."""
    levels = EscalationLevel.objects.filter(Q(responsible=person) | Q(deputy=person), path__is_retired=False)
    for level in levels.select_related("path").order_by("path__position", "path_id", "number")[:1]:
        message = _(
            "%(name)s is asked on level %(number)d of the escalation path “%(path)s”. Name somebody else first."
        )
        values = {"name": person.get_full_name(), "number": level.number, "path": level.path}
        yield Obstacle(message % values, url=_address(level.path_id))


def _address(path_id: int) -> str:
    try:
        return reverse("admin:escalation_escalationpath_change", args=[path_id])
    except NoReverseMatch:
        return ""
