"""Which other systems are told of an act: one small read for webhooks and chat together."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import BigIntegerField, BooleanField, Q, Value

from helpdesk.common.models import OutboxMessage
from notifications.models import ChatChannel, WebhookEndpoint

Channel = OutboxMessage.Channel


@dataclass(frozen=True)
class Subscription:
    """A destination that wants to hear of a ticket. `person` is whose chat it is."""

    channel: str
    id: int
    codes: Sequence[str]
    blocked_until: datetime | None
    person: int | None
    includes_confidential: bool

    @property
    def destination(self) -> str:
        return f"{self.channel}/{self.id}"

    def wants(self, code: str) -> bool:
        return not self.codes or code in self.codes


def subscriptions_of(*, team_id: int | None, people: Collection[int]) -> list[Subscription]:
    """The destinations that hear of tickets of this team and these people, whatever the act."""
    hooks = WebhookEndpoint.objects.filter(Q(team=None) | Q(team_id=team_id), is_retired=False)
    # A ticket without a team is not the ticket of those that have none.
    of_team = Q(team_id=team_id) if team_id is not None else Q(pk__in=())
    chats = ChatChannel.objects.filter(of_team | Q(person__in=people), is_retired=False)
    rows = hooks.order_by().values_list(
        Value(Channel.WEBHOOK.value),
        "pk",
        "codes",
        "blocked_until",
        Value(None, output_field=BigIntegerField()),
        "includes_confidential",
    )
    more = chats.order_by().values_list(
        Value(Channel.CHAT.value),
        "pk",
        "codes",
        "blocked_until",
        "person_id",
        Value(False, output_field=BooleanField()),
    )
    return [Subscription(*row) for row in rows.union(more, all=True)]
