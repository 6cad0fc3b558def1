"""Finding a colleague by what somebody types: a name, its sound or initials, a user name or an e-mail address."""

from __future__ import annotations

import re

from django.db.models import Q
from django.utils.translation import gettext as _

from helpdesk.accounts.models import User
from helpdesk.accounts.models.user import UserQuerySet
from helpdesk.accounts.people import is_called, spelled
from helpdesk.common.errors import InvalidInput
from helpdesk.common.text import clean_text

LONGEST = 200
SHOWN = 20
_CHOSEN = re.compile(r"\((?P<username>[^()]+)\)\s*$")


def label(person: User) -> str:
    """How a person is offered and read back: `周航 (zhouhang)`."""
    return f"{person.get_full_name()} ({person.username})"


def _people(viewer: User) -> UserQuerySet:
    return User.objects.visible_to(viewer).active()


def find_people(viewer: User, text: str) -> list[User]:
    """At most 20 people whom the viewer may look up and whom the text fits; the first 20 for no text."""
    wanted = clean_text(text, field="person", max_length=LONGEST, multiline=False)
    people = _people(viewer).exclude(pk=viewer.pk)
    chosen = _CHOSEN.search(wanted)
    if chosen:
        people = people.filter(username__iexact=chosen["username"])
    elif wanted:
        wanted = spelled(wanted)
        people = people.filter(is_called(wanted) | Q(email__istartswith=wanted))
    return list(people.order_by("full_name", "pk")[:SHOWN])


def person_named(viewer: User, text: str, *, field: str) -> User:
    """The one person meant. Raises InvalidInput on `field` when it is nobody, or several."""
    wanted = clean_text(text, field=field, max_length=LONGEST, multiline=False)
    chosen = _CHOSEN.search(wanted)
    name = chosen["username"] if chosen else wanted
    fits = Q(username__iexact=name) | Q(email__iexact=name)
    if not chosen:
        fits |= Q(full_name__iexact=name)
    people = list(_people(viewer).filter(fits)[:2]) if name else []
    if not people:
        raise InvalidInput(fields={field: [_("Nobody you can look up has this name. Choose somebody from the list.")]})
    if len(people) > 1:
        raise InvalidInput(fields={field: [_("Several people have this name. Choose one from the list.")]})
    return people[0]
