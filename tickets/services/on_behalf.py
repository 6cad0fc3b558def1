"""Writing down what somebody tells the desk: one ticket however often the button is pressed (M3.1-1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from django.db import transaction

from helpdesk.accounts.models import User
from helpdesk.accounts.roles import Ability
from helpdesk.common.errors import NotAllowed
from helpdesk.common.idempotency import fingerprint, once
from tickets.choices import Channel
from tickets.models import Draft, Ticket
from tickets.services import drafts
from tickets.services.create import Request, follow_up, submit_ticket


@transaction.atomic
def record_request(
    *,
    key: str,
    request: Request,
    requester: User,
    actor: User,
    channel: Channel | str,
    at: datetime,
    resolution: Mapping[str, Any] | None = None,
    follows: Ticket | None = None,
) -> str:
    """Submit for a requester and return the number; a repeat under the same key returns the first one's.

    With `resolution` the request is solved in the same act (M3.2-2); with `follows` it continues a closed ticket.
    Raises what `submit_ticket` and `follow_up` raise, and Unprocessable when another request used the key.
    """
    if not actor.can(Ability.WORK):
        raise NotAllowed

    def act() -> tuple[int, str]:
        if follows is not None:
            ticket = follow_up(ticket_id=follows.pk, request=request, actor=actor, at=at, channel=channel)
        else:
            solved = dict(resolution) if resolution is not None else None
            ticket = submit_ticket(
                request=request, requester=requester, actor=actor, channel=channel, at=at, resolution=solved
            )
        drafts.discard(user=actor, ticket=None, mode=Draft.Mode.ON_BEHALF)
        return 201, ticket.number

    facts = {
        **asdict(replace(request, kind=None, category=None)),  # type: ignore[arg-type]
        "kind": request.kind.pk,
        "category": request.category.pk if request.category else None,
        "requester": requester.pk,
        "channel": str(channel),
        "follows": follows.pk if follows else None,
        "resolution": {name: str(getattr(value, "pk", value)) for name, value in (resolution or {}).items()},
    }
    answer = once(user_id=actor.pk, key=f"desk:{key}", request_hash=fingerprint(facts), at=at, act=act)
    return str(answer.body)
