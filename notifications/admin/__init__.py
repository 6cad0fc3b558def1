from notifications.admin.chat import ChatChannelAdmin
from notifications.admin.mail_texts import MailTextAdmin
from notifications.admin.outbox import OutboxMessageAdmin
from notifications.admin.webhooks import WebhookEndpointAdmin

__all__ = ["ChatChannelAdmin", "MailTextAdmin", "OutboxMessageAdmin", "WebhookEndpointAdmin"]
