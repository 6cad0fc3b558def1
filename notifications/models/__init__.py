from notifications.models.destination import ChatChannel, Delivery, Destination, WebhookEndpoint
from notifications.models.notification import Notification
from notifications.models.pause import DeliveryPause
from notifications.models.preference import MailTimes, NotificationPreference

__all__ = [
    "ChatChannel",
    "Delivery",
    "DeliveryPause",
    "Destination",
    "MailTimes",
    "Notification",
    "NotificationPreference",
    "WebhookEndpoint",
]
