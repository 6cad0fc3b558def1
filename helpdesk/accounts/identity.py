"""Who is meant by a user name or an e-mail address. The one look-up of every door: sign-in, limits, reset links."""

from __future__ import annotations

from django.db.models import Q

from helpdesk.accounts.models import User
from helpdesk.common.unicode_forms import normal_form

LOGIN_LENGTH = 254


def find_person(login: str) -> User | None:
    """The person with this user name, else with this e-mail address; case doesn't matter.

    Look-alikes find nobody: databases fold some of them (`ſ` to `s`), so the match is repeated here (A3, C5).
    """
    wanted = login.strip()
    if not wanted or len(wanted) > LOGIN_LENGTH or normal_form("NFKC", wanted) != wanted:
        return None
    # iexact is a pattern on SQLite, where the letters beyond ASCII keep their case; hence the exact form as well.
    found = User.objects.filter(Q(username=wanted) | Q(username__iexact=wanted) | Q(email__iexact=wanted))
    people = list(found[:10])
    by_name = [person for person in people if person.username.lower() == wanted.lower()]
    by_mail = [person for person in people if (person.email or "").lower() == wanted.lower()]
    return next(iter(by_name + by_mail), None)
