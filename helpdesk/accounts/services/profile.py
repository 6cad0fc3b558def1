"""What people change about themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.db.models import Field

from helpdesk.accounts.models import User
from helpdesk.common.errors import InvalidInput

CONTACT = frozenset({"phone", "location"})
PREFERENCES = frozenset({"language", "timezone", "theme", "has_shortcuts", "is_compact"})


def save_profile(*, person: User, changes: Mapping[str, Any]) -> User:
    """Store the given fields. Changed contact data leave a row of history, preferences don't.

    Raises InvalidInput naming the field; other fields than a person's own are a programming error.
    """
    unknown = set(changes) - CONTACT - PREFERENCES
    if unknown:
        raise ValueError(f"not for people themselves: {sorted(unknown)}")
    for name, value in changes.items():
        field = cast("Field[Any, Any]", User._meta.get_field(name))
        try:
            setattr(person, name, field.clean(value, person))
        except ValidationError as error:
            raise InvalidInput(fields={name: error.messages}) from None
    stored = dict(User.objects.filter(pk=person.pk).values(*CONTACT).get())
    if all(getattr(person, name) == value for name, value in stored.items()):
        person.skip_history_when_saving = True  # type: ignore[attr-defined]
    try:
        person.save(update_fields=list(changes))
    finally:
        if hasattr(person, "skip_history_when_saving"):
            del person.skip_history_when_saving
    return person
