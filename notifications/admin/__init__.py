from notifications.admin.chat import ChatChannelAdmin
from notifications.admin.outbox import OutboxMessageAdmin
from notifications.admin.webhooks import WebhookEndpointAdmin

__all__ = ["ChatChannelAdmin", "OutboxMessageAdmin", "WebhookEndpointAdmin"]
