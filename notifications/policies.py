"""May they? The only place that answers for what notifications add."""

from __future__ import annotations

from helpdesk.accounts.models import User
from helpdesk.accounts.roles import Ability


def can_set_destinations(user: User) -> bool:
    """Whoever names an address decides where the desk's data go: administrators only."""
    return user.can(Ability.CONFIGURE)


def can_write_mail_texts(user: User) -> bool:
    """They go out in the organisation's name."""
    return user.can(Ability.CONFIGURE)
