from notifications.models.destination import ChatChannel, Delivery, Destination, WebhookEndpoint
from notifications.models.notification import Notification
from notifications.models.pause import DeliveryPause

__all__ = ["ChatChannel", "Delivery", "DeliveryPause", "Destination", "Notification", "WebhookEndpoint"]
