"""Who should, and who must, prove themselves with more than a password."""

from __future__ import annotations

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings

from helpdesk.accounts.models import User
from helpdesk.accounts.roles import Ability

# Set in the session at sign-in, so that pages of people who have a second factor need no query to know it.
ASK_FOR_FACTOR = "ask_for_second_factor"


def lacks_second_factor(person: User) -> bool:
    """Desk people are asked to set one up; requesters may."""
    return person.is_desk and not is_mfa_enabled(person)


def must_set_up_second_factor(person: User) -> bool:
    """Administrators of a production system get no further without one (H1)."""
    return settings.IS_PRODUCTION and person.can(Ability.CONFIGURE) and lacks_second_factor(person)
