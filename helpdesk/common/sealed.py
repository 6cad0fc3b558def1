"""Secrets that have to be read again, such as the keys of webhooks: stored sealed with the installation's SECRET_KEY.

What must only be compared is hashed instead. Copies of the database, dumps and backups hold nothing that is of use
without the key; with another key the secret is lost and has to be entered anew.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models

PREFIX = "sealed:"


def _box() -> MultiFernet:
    keys: list[str] = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]  # type: ignore[list-item]
    digests = [hashlib.sha256(b"helpdesk.sealed:" + key.encode()).digest() for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


def seal(text: str) -> str:
    return PREFIX + _box().encrypt(text.encode()).decode("ascii") if text else ""


def unseal(stored: str) -> str:
    """The text, or nothing where it was sealed with a key that is gone."""
    try:
        return _box().decrypt(stored.removeprefix(PREFIX).encode("ascii")).decode() if stored else ""
    except (InvalidToken, UnicodeError):
        return ""


class SealedTextField(models.TextField):  # type: ignore[type-arg]
    """A text that is plain in memory and sealed in the database, in dumps and in history."""

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        return None if value is None else unseal(value)

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return value if value is None or value.startswith(PREFIX) else seal(value)

    def value_to_string(self, obj: models.Model) -> str:
        return str(self.get_prep_value(self.value_from_object(obj)) or "")

    def to_python(self, value: Any) -> Any:
        """A dump that is loaded again holds sealed texts."""
        value = super().to_python(value)
        return unseal(value) if isinstance(value, str) and value.startswith(PREFIX) else value
