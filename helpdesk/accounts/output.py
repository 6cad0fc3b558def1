"""People as the API writes them, for one viewer."""

from __future__ import annotations

from typing import Any

from helpdesk.accounts.models import User


def person(user: User | None, viewer: User) -> dict[str, Any] | None:
    """A person by user name and name; of the desk's people requesters learn the name only (M1.2-4)."""
    if user is None:
        return None
    is_hidden = user.is_desk and not viewer.is_desk and user.pk != viewer.pk
    return {"username": None if is_hidden else user.username, "name": user.get_full_name()}
