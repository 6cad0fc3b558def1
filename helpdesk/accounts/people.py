"""Whom a text fits: names, their sound or initials (`lq` → 李强), user names, e-mail, numbers and departments."""

from __future__ import annotations

from functools import reduce
from operator import and_

from django.db.models import Q

from helpdesk.accounts.models import Department
from helpdesk.accounts.models.user import UserQuerySet
from helpdesk.accounts.person_keys import typed_number, typed_sound

MOST_WORDS = 5


def fits(word: str) -> Q:
    """People whom one word, or a name with blanks in it, may mean."""
    departments = Department.objects.filter(Q(name_zh__icontains=word) | Q(name_en__icontains=word)).values("pk")
    found = is_called(word) | Q(email__istartswith=word) | Q(department__in=departments)
    return found | Q(phone_key__contains=word[::-1]) if word.isdecimal() else found


def is_called(name: str) -> Q:
    """People by name: a part of it, its sound or initials, or the beginning of the user name."""
    found = Q(full_name__icontains=name) | Q(username__istartswith=name)
    sound = typed_sound(name)
    return found | Q(name_sound__contains=sound) | Q(name_initials__startswith=sound) if sound else found


def matching(people: UserQuerySet, text: str) -> UserQuerySet:
    """Those of `people` whom a text fits: as a telephone number from its end, as a whole, or each of its words."""
    number = typed_number(text)
    if number:
        return people.filter(Q(phone_key__startswith=number) | Q(phone_key__contains=f" {number}"))
    words = text.split()[:MOST_WORDS]
    if not words:
        return people.none()
    return people.filter(fits(text) | reduce(and_, map(fits, words)) if len(words) > 1 else fits(text))
