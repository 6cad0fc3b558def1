"""May they? The only place that answers for what notifications add."""

from __future__ import annotations

from helpdesk.accounts.models import User
from helpdesk.accounts.roles import Ability


def can_set_destinations(user: User) -> bool:
    """Whoever names an address decides where the desk's data go: administrators only."""
    return user.can(Ability.CONFIGURE)
