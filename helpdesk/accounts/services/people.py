"""Roles and activity of people. Rules that keep the desk workable stand here, once for every door."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.models import User
from helpdesk.accounts.services.sessions import end_sessions, end_tokens
from helpdesk.accounts.signals import belonging_changed
from helpdesk.common.errors import Conflict, NotAllowed
from helpdesk.common.locking import lock_row

Text = str | Promise

ROLE_FLAGS = ("is_agent", "is_lead", "is_liaison", "is_admin")


@dataclass(frozen=True)
class Obstacle:
    """Why a person can't leave yet, and where to mend it. `is_for_good`: who only gives up their role may keep it."""

    message: Text
    url: str = ""
    is_for_good: bool = False


_duties: list[Callable[[User], Iterable[Obstacle]]] = []


def before_leaving(duty: Callable[[User], Iterable[Obstacle]]) -> Callable[[User], Iterable[Obstacle]]:
    """Register what a higher floor knows of a person's unfinished duties (open tickets, for instance)."""
    if duty not in _duties:
        _duties.append(duty)
    return duty


def obstacles_to_leaving(person: User) -> list[Obstacle]:
    """Everything that must be handed over before this person stops working here."""
    return [obstacle for duty in _duties for obstacle in duty(person)]


def refuse_last_administrator(person: User) -> None:
    """Raise Conflict if nobody else could configure the help desk. Call it inside a transaction.

    The other administrators' rows stay locked, so that two can't remove each other at the same moment.
    """
    others = User.objects.select_for_update().filter(is_admin=True, is_active=True).order_by("pk")
    if all(other.pk == person.pk for other in list(others)):
        raise Conflict(
            _("This is the only administrator who may sign in. Give the role to somebody else first."),
            code="last_administrator",
        )


def refuse_unfinished_duties(person: User, *, is_for_good: bool = True) -> None:
    """Raise Conflict naming the first thing to hand over; `extra` carries its `url`.

    `is_for_good` is false for who gives up the agent's role and stays in the organisation.
    """
    for obstacle in obstacles_to_leaving(person):
        if is_for_good or not obstacle.is_for_good:
            raise Conflict(obstacle.message, code="unfinished_duties", extra={"url": obstacle.url})


@transaction.atomic
def save_person(*, person: User, changed: Collection[str], actor: User, at: datetime, reason: str = "") -> User:
    """Store what an administrator wrote of a person; `changed` names the fields. A new one can't sign in yet.

    Whoever gets or loses a role signs in again, so that no old session keeps yesterday's rights (A5).
    """
    is_new = person.pk is None
    if is_new:
        person.set_unusable_password()
    person._history_user = actor  # type: ignore[attr-defined]
    person._change_reason = reason[:100]  # type: ignore[attr-defined]
    person.save()
    if not is_new and set(ROLE_FLAGS) & set(changed) and person.pk != actor.pk:
        end_sessions(person=person, at=at)
    if not is_new and person.is_contact and "is_contact" in changed:
        end_sessions(person=person, at=at)
        end_tokens(person=person)
    if not is_new and "department" in changed:
        belonging_changed.send(sender=User, people={person.pk})
    return person


@transaction.atomic
def deactivate_person(*, person: User, actor: User, at: datetime, reason: str = "") -> User:
    """Stop a person from signing in; sessions and API tokens end at once. The row stays: tickets point at it.

    Raises NotAllowed for oneself, Conflict while this is the only administrator or has unfinished duties.
    """
    if person.pk == actor.pk:
        raise NotAllowed(_("You can't deactivate yourself. Ask another administrator."))
    person = lock_row(User.objects.all(), pk=person.pk)
    if person.is_admin:
        refuse_last_administrator(person)
    refuse_unfinished_duties(person)
    if person.is_active:
        person.is_active = False
        _save(person, actor=actor, reason=reason)
    end_sessions(person=person, at=at)
    end_tokens(person=person)
    return person


@transaction.atomic
def reactivate_person(*, person: User, actor: User, at: datetime, reason: str = "") -> User:
    """Let a person sign in again. Old sessions and tokens stay dead. Raises Conflict for one who was anonymised."""
    person = lock_row(User.objects.all(), pk=person.pk)
    if person.anonymised_at is not None:
        raise Conflict(_("This person was anonymised: nobody knows any more who it was."), code="anonymised")
    if not person.is_active:
        end_sessions(person=person, at=at)
        person.is_active = True
        _save(person, actor=actor, reason=reason)
    return person


def _save(person: User, *, actor: User, reason: str) -> None:
    person._history_user = actor  # type: ignore[attr-defined]
    person._change_reason = reason[:100]  # type: ignore[attr-defined]
    person.save(update_fields=["is_active"])
