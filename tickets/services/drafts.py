"""Server-side drafts: what somebody is typing, kept per person, ticket and mode."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from helpdesk.accounts.models import User
from helpdesk.common.errors import InvalidInput, NotVisible
from helpdesk.common.text import refuse_broken_text
from tickets.models import Draft, Ticket

MAX_CHARACTERS = 60_000


def save_draft(*, user: User, ticket_id: int | None, mode: str, content: dict[str, str], at: datetime) -> Draft | None:
    """Keep the draft; empty content discards it. Raises NotVisible or InvalidInput."""
    if mode not in Draft.Mode.values:
        raise InvalidInput(fields={"mode": [_("Unknown kind of draft.")]})
    for name, value in content.items():
        refuse_broken_text(value, field=name)
    if sum(map(len, content.values())) > MAX_CHARACTERS:
        raise InvalidInput(fields={"content": [_("This text is too long to be kept.")]})
    ticket = None
    if ticket_id is not None:
        ticket = Ticket.objects.visible_to(user).filter(pk=ticket_id).first()
        if ticket is None:
            raise NotVisible
    if not any(value.strip() for value in content.values()):
        discard(user=user, ticket=ticket, mode=mode)
        return None
    draft, _created = Draft.objects.update_or_create(
        user=user, ticket=ticket, mode=mode, defaults={"content": content, "updated_at": at}
    )
    return draft


def drafts_for(*, user: User, ticket: Ticket | None) -> dict[str, dict[str, Any]]:
    """The person's drafts for one ticket (or for new tickets), by mode."""
    return {draft.mode: draft.content for draft in Draft.objects.filter(user=user, ticket=ticket)}


def discard(*, user: User, ticket: Ticket | None, mode: str) -> None:
    """Forget a draft, because it was sent or its writer said so."""
    Draft.objects.filter(user=user, ticket=ticket, mode=mode).delete()
