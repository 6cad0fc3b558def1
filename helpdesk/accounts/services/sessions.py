"""Ending what a person is signed in with: browser sessions and API tokens."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from knox.models import get_token_model

from helpdesk.accounts.models import User


def end_sessions(*, person: User, at: datetime) -> int:
    """Sign the person out everywhere. Returns how many sessions ended.

    Session rows don't say whose they are, so all living ones are read: about 10 ms per thousand.
    """
    wanted = str(person.pk)
    living = Session.objects.filter(expire_date__gt=at).iterator(chunk_size=2000)
    keys = [row.session_key for row in living if row.get_decoded().get(SESSION_KEY) == wanted]
    Session.objects.filter(session_key__in=keys).delete()
    return len(keys)


def end_tokens(*, person: User) -> int:
    """Revoke all API tokens of the person. Returns how many."""
    deleted, _ = get_token_model()._default_manager.filter(user=person).delete()
    return int(deleted)
