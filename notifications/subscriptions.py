"""Which other systems are told of an act: one small read for webhooks and chat together.

It happens in every act, while others wait for the ticket or for its number. Written out, because putting this query
together anew each time takes ten times as long as the database needs for it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from tickets.models import Ticket

SQL = """
SELECT 'webhook', id, codes, CAST(NULL AS bigint), includes_confidential FROM notifications_webhookendpoint
WHERE NOT is_retired AND (team_id IS NULL OR team_id = %s)
UNION ALL
SELECT 'chat', id, codes, person_id, FALSE FROM notifications_chatchannel
WHERE NOT is_retired AND (team_id = %s OR person_id IN (%s, %s, %s, %s))
"""


@dataclass(frozen=True)
class Subscription:
    """A destination that wants to hear of a ticket. `person` is whose chat it is."""

    channel: str
    id: int
    codes: Sequence[str]
    person: int | None
    includes_confidential: bool

    @property
    def destination(self) -> str:
        return f"{self.channel}/{self.id}"

    def wants(self, code: str) -> bool:
        return not self.codes or code in self.codes


def subscriptions_to(ticket: Ticket) -> list[Subscription]:
    """The destinations that hear of the ticket's team and of the people on it, whatever the act."""
    people = (ticket.assignee_id, ticket.offered_to_id, ticket.requester_id, ticket.reported_by_id)
    with connection.cursor() as cursor:
        cursor.execute(SQL, (ticket.team_id, ticket.team_id, *people))
        rows = cursor.fetchall()
    return [
        Subscription(channel, pk, json.loads(codes), person, bool(includes_confidential))
        for channel, pk, codes, person, includes_confidential in rows
    ]
