from helpdesk.common.models.idempotency import IdempotencyKey
from helpdesk.common.models.outbox import OutboxMessage
from helpdesk.common.models.schedule import Heartbeat, JobSlot

__all__ = ["Heartbeat", "IdempotencyKey", "JobSlot", "OutboxMessage"]
