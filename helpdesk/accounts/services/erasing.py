"""Making a person nameless: the account stays, because tickets and the trail point at it, and says nothing any more."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType

from helpdesk.accounts.models import Department, RequesterGroup, TeamMembership, User
from helpdesk.accounts.services.sessions import end_sessions, end_tokens

STAND_IN = "anonymous"


def former_name(person: User) -> str:
    """What a person is called who has no name any more. Language-free: it stands in columns."""
    return f"former-{person.pk}"


def erase_account(*, person: User, actor: User, at: datetime) -> User:
    """Put `former-<id>` in the place of name and user name, empty everything else that is about the person, also in past
    versions, and end all ways to sign in. The department stays for the figures.

    The caller has locked the row and made sure that it may be done.
    """
    name = former_name(person)
    blank: dict[str, Any] = {"username": name, "full_name": name, "email": None, "phone": "", "location": ""}
    for field, value in blank.items():
        setattr(person, field, value)
    person.manager = None
    person.is_active = False
    person.email_bounced_at = None
    person.anonymised_at = at
    person.set_unusable_password()
    person._history_user = actor  # type: ignore[attr-defined]
    person._history_date = at  # type: ignore[attr-defined]
    person._change_reason = "anonymised"  # type: ignore[attr-defined]
    person.save()
    person.history.update(**blank, manager=None)
    end_sessions(person=person, at=at)
    end_tokens(person=person)
    EmailAddress.objects.filter(user=person).delete()
    Authenticator.objects.filter(user=person).delete()
    TeamMembership.objects.filter(user=person).delete()
    for group in RequesterGroup.objects.filter(members=person):
        group.members.remove(person)
    about = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(User), object_id=str(person.pk))
    about.update(object_repr=name)
    return person


def stand_in(department: Department | None, *, at: datetime) -> User:
    """Who a ticket belongs to when nobody shall know any more whose it was: one for each department, for the figures."""
    name = f"{STAND_IN}-{department.pk}" if department is not None else STAND_IN
    person, _created = User.objects.get_or_create(
        username=name,
        defaults={
            "full_name": STAND_IN,
            "department": department,
            "is_active": False,
            "anonymised_at": at,
            "date_joined": at,
            "password": "!",
        },
    )
    return person


def is_stand_in(person: User) -> bool:
    return person.anonymised_at is not None and person.username.startswith(STAND_IN)
