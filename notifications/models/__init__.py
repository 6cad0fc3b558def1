from notifications.models.notification import Notification
from notifications.models.pause import DeliveryPause

__all__ = ["DeliveryPause", "Notification"]
