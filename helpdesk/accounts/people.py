"""Whom a text fits: names, their sound or initials (`lq` → 李强), user names, e-mail, numbers and departments."""

from __future__ import annotations

from functools import reduce
from operator import and_

from django.db.models import Q

from helpdesk.accounts.models import Department
from helpdesk.accounts.models.user import UserQuerySet
from helpdesk.accounts.person_keys import typed_number, typed_sound
from helpdesk.common.search import normalise
from helpdesk.common.search_query import QUOTES

MOST_WORDS = 5
_BLANK_QUOTES = str.maketrans(dict.fromkeys(QUOTES, " "))


def fits(word: str) -> Q:
    """People whom one word, or a name with blanks in it, may mean; as it is `spelled`."""
    called = Q(name_zh__normal__icontains=word) | Q(name_en__normal__icontains=word)
    departments = Department.objects.filter(called).values("pk")
    found = is_called(word) | Q(email__istartswith=word) | Q(department__in=departments)
    return found | Q(phone_key__contains=word[::-1]) if word.isdecimal() else found


def is_called(name: str) -> Q:
    """People by name as in `is_named`, or by the beginning of the user name."""
    return is_named(name) | Q(username__istartswith=name)


def is_named(name: str) -> Q:
    """People by a part of their name as it is `spelled`, its sound or initials."""
    found = Q(full_name__normal__icontains=name)
    sound = typed_sound(name)
    return found | Q(name_sound__contains=sound) | Q(name_initials__startswith=sound) if sound else found


def spelled(text: str) -> str:
    """What was typed in the spelling in which names are compared, without quotes, one blank between words."""
    return " ".join(normalise(text).translate(_BLANK_QUOTES).split())


def matching(people: UserQuerySet, text: str) -> UserQuerySet:
    """Those of `people` whom a text fits: as a telephone number from its end, as a whole, or each of its words."""
    text = spelled(text)
    number = typed_number(text)
    if number:
        return people.filter(Q(phone_key__startswith=number) | Q(phone_key__contains=f" {number}"))
    words = text.split()[:MOST_WORDS]
    if not words:
        return people.none()
    return people.filter(fits(text) | reduce(and_, map(fits, words)) if len(words) > 1 else fits(text))
