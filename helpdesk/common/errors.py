"""Errors that users cause. Raised by services, caught once at each edge (page, API, command)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


class DomainError(Exception):
    """A refusal with a stable code, an HTTP status and a whole translatable sentence.

    `fields` maps a field name to the sentences that belong to it; `extra` holds facts for the caller
    (for instance the version that a stale change met).
    """

    status = 400
    code = "invalid"
    default_message: Text = _("This request can't be carried out.")

    def __init__(
        self,
        message: Text | None = None,
        *,
        code: str | None = None,
        fields: Mapping[str, Sequence[Text]] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        self.message = message or self.default_message
        self.code = code or self.code
        self.fields = {name: list(texts) for name, texts in (fields or {}).items()}
        self.extra = dict(extra or {})
        super().__init__(self.code)

    def __str__(self) -> str:
        return str(self.message)


class InvalidInput(DomainError):
    """What was sent is wrong or incomplete; `fields` says where (400)."""

    status = 400
    code = "invalid"
    default_message = _("Some answers are missing or not right.")

    def sentences(self) -> dict[str, list[str]]:
        """What it says of each field, in the active language, to be put together with others."""
        return {name: [str(text) for text in texts] for name, texts in self.fields.items()}


class NotAllowed(DomainError):
    """The actor may see the object but not do this (403)."""

    status = 403
    code = "not_allowed"
    default_message = _("You can see this, but you can't change it.")


class NotVisible(DomainError):
    """The object doesn't exist for this actor (404)."""

    status = 404
    code = "not_found"
    default_message = _("There is nothing here, or you may not see it.")


class Conflict(DomainError):
    """The act is impossible now: wrong state, or somebody was faster (409)."""

    status = 409
    code = "conflict"
    default_message = _("This isn't possible now.")


class StaleVersion(Conflict):
    """The object changed since the caller read it. `extra` carries `version` (the present one)."""

    code = "stale_version"
    default_message = _("Somebody changed this ticket in the meantime. Look at what is new, then try again.")


class TooLarge(DomainError):
    """A file or a body beyond its limit (413)."""

    status = 413
    code = "too_large"
    default_message = _("This is larger than allowed.")


class Unprocessable(DomainError):
    """The same idempotency key with another body (422)."""

    status = 422
    code = "idempotency_key_reused"
    default_message = _("This idempotency key was used before for another request.")
