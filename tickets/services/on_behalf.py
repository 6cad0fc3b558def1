"""Writing down what somebody tells the desk: one ticket however often the button is pressed (M3.1-1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from django.db import transaction

from helpdesk.accounts.models import User
from helpdesk.accounts.roles import Ability
from helpdesk.accounts.services.contacts import create_contact
from helpdesk.common.errors import NotAllowed
from helpdesk.common.idempotency import fingerprint, once
from tickets.choices import Channel, MessageKind
from tickets.models import Draft, MajorIncident, Ticket
from tickets.services import drafts
from tickets.services.calls import Call
from tickets.services.conversation import post_message
from tickets.services.create import Request, follow_up, submit_ticket
from tickets.services.incident_links import link_tickets
from tickets.services.sources import solved_with


@dataclass(frozen=True)
class NewContact:
    """A caller whom nobody knows yet."""

    full_name: str
    phone: str = ""
    email: str = ""


@transaction.atomic
def record_request(
    *,
    key: str,
    request: Request,
    requester: User | NewContact,
    actor: User,
    channel: Channel | str,
    at: datetime,
    resolution: Mapping[str, Any] | None = None,
    follows: Ticket | None = None,
    call: Call | None = None,
    incident: MajorIncident | None = None,
    article_id: int | None = None,
    draft: str = Draft.Mode.ON_BEHALF,
) -> str:
    """Submit for a requester and return the number; a repeat under the same key returns the first one's.

    With `resolution` the request is solved in the same act (M3.2-2), `article_id` being what it was solved with; with `follows` it continues a closed ticket; with
    `incident` it is linked to that. A new contact is made with the ticket or not at all. `draft` is what is sent by this
    and so forgotten, empty for none. Raises what `submit_ticket`, `follow_up`, `create_contact` and `link_tickets` raise,
    and Unprocessable when another request used the key.
    """
    if not actor.can(Ability.WORK):
        raise NotAllowed

    def act() -> tuple[int, str]:
        if follows is not None:
            ticket = follow_up(ticket_id=follows.pk, request=request, actor=actor, at=at, channel=channel)
        else:
            ticket = submit_ticket(
                request=request,
                requester=requester if isinstance(requester, User) else create_contact(**asdict(requester), at=at),
                actor=actor,
                channel=channel,
                at=at,
                resolution=dict(resolution) if resolution is not None else None,
                call=call,
                facts={"article": article_id} if article_id is not None and resolution is not None else None,
            )
            if article_id is not None and resolution is not None:
                solved_with(ticket, article_id=article_id, actor=actor, at=at)
        if incident is not None:
            link_tickets(incident_id=incident.pk, ticket_ids=[ticket.pk], actor=actor, at=at, channel=channel)
        drafts.discard(user=actor, ticket=None, mode=draft)
        return 201, ticket.number

    facts = {
        **asdict(replace(request, kind=None, category=None, asset=None)),  # type: ignore[arg-type]
        "kind": request.kind.pk,
        "category": request.category.pk if request.category else None,
        "asset": request.asset.pk if request.asset else None,
        "requester": requester.pk if isinstance(requester, User) else asdict(requester),
        "channel": str(channel),
        "follows": follows.pk if follows else None,
        "resolution": {name: str(getattr(value, "pk", value)) for name, value in (resolution or {}).items()},
        "incident": incident.pk if incident else None,
        "article": article_id,
    }
    return _once(key, facts, actor=actor, at=at, act=act)


@transaction.atomic
def add_to_ticket(
    *,
    key: str,
    ticket: Ticket,
    body: str,
    kind: MessageKind | str,
    actor: User,
    at: datetime,
    call: Call,
    attachments: list[str],
    draft: str = "",
) -> str:
    """Write down on an open ticket what was said in a call; returns its number. A repeat under the same key adds nothing.

    Raises what `post_message` raises, and Unprocessable when another request used the key.
    """

    def act() -> tuple[int, str]:
        post_message(
            ticket_id=ticket.pk,
            actor=actor,
            body=body,
            at=at,
            kind=kind,
            channel=Channel.PHONE,
            attachments=attachments,
            call=call,
        )
        drafts.discard(user=actor, ticket=None, mode=draft)
        return 201, ticket.number

    facts = {"ticket": ticket.pk, "body": body, "kind": str(kind), "attachments": attachments}
    return _once(key, facts, actor=actor, at=at, act=act)


def _once(key: str, facts: Mapping[str, Any], *, actor: User, at: datetime, act: Callable[[], tuple[int, str]]) -> str:
    """Carry it out unless it was under this key. How long a call took may differ: the timer ran on between two clicks."""
    answer = once(user_id=actor.pk, key=f"desk:{key}", request_hash=fingerprint(facts), at=at, act=act)
    return str(answer.body)
