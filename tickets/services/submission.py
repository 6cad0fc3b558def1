"""Sending the portal's form: one ticket however often the button is pressed, and no draft left over."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import datetime

from django.db import transaction

from helpdesk.accounts.models import User
from helpdesk.common.idempotency import fingerprint, once
from tickets.choices import Channel
from tickets.models import Draft, Ticket
from tickets.services import drafts
from tickets.services.create import Request, follow_up, submit_ticket


@transaction.atomic
def submit_form(
    *, key: str, request: Request, requester: User, actor: User, at: datetime, follows: Ticket | None = None
) -> str:
    """Submit what the form says and return the ticket's number; a repeat under the same key gets the first one's.

    Raises what `submit_ticket` and `follow_up` raise, and Unprocessable when another request used the key.
    """

    def act() -> tuple[int, str]:
        if follows is None:
            ticket = submit_ticket(request=request, requester=requester, actor=actor, channel=Channel.PORTAL, at=at)
        else:
            ticket = follow_up(ticket_id=follows.pk, request=request, actor=actor, at=at, channel=Channel.PORTAL)
        drafts.discard(user=actor, ticket=None, mode=Draft.Mode.SUBMIT)
        return 201, ticket.number

    said = asdict(replace(request, kind=None, category=None, asset=None))  # type: ignore[arg-type]
    facts = {
        **said,
        "kind": request.kind.pk,
        "category": request.category.pk if request.category else None,
        "asset": request.asset.pk if request.asset else None,
        "requester": requester.pk,
        "follows": follows.pk if follows else None,
    }
    answer = once(user_id=actor.pk, key=f"form:{key}", request_hash=fingerprint(facts), at=at, act=act)
    return str(answer.body)
