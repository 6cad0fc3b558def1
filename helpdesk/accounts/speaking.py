"""Speaking to somebody who isn't the one behind the request: mails, and pages that a link in a mail leads to."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.utils import timezone, translation

from helpdesk.accounts.models import User


@contextmanager
def speaking_to(person: User) -> Iterator[None]:
    """Texts and times in the person's own language and time zone, else in those of the installation."""
    zone = zoneinfo.ZoneInfo(person.timezone) if person.timezone else None
    with translation.override(person.language or settings.LANGUAGE_CODE), timezone.override(zone):
        yield
