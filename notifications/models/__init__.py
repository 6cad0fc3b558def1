from notifications.models.destination import ChatChannel, Delivery, Destination, WebhookEndpoint
from notifications.models.mail_text import MailText
from notifications.models.notification import Notification
from notifications.models.pause import DeliveryPause
from notifications.models.preference import MailTimes, NotificationPreference

__all__ = [
    "ChatChannel",
    "Delivery",
    "DeliveryPause",
    "Destination",
    "MailText",
    "MailTimes",
    "Notification",
    "NotificationPreference",
    "WebhookEndpoint",
]
