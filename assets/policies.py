"""May they? The only place that answers for the register. What somebody may *see* is `visible_to` of each model."""

from __future__ import annotations

from assets.models import CustodyAct
from helpdesk.accounts.models import User
from helpdesk.accounts.roles import Ability


def can_keep_register(user: User) -> bool:
    """Register and edit assets, hand them out and take them back, give seats, count: everybody of the desk."""
    return user.can(Ability.USE_DESK)


def can_keep_licences(user: User) -> bool:
    """Add and edit licences and see their keys: who answers for what is bought."""
    return user.can(Ability.CONFIGURE) or user.can(Ability.WORK_EVERYWHERE)


def can_answer(user: User, act: CustodyAct) -> bool:
    """Nobody confirms for somebody else; on the agent's screen the person writes their own name."""
    return act.person_id == user.pk
