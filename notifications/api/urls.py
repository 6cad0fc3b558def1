from __future__ import annotations

from django.urls import path

from notifications.api import views
from notifications.api.preferences import Preferences

urlpatterns = [
    path("users/me/notifications/", Preferences.as_view(), name="notification_preferences"),
    path("webhooks/", views.WebhookList.as_view(), name="webhooks"),
    path("webhooks/<int:webhook_id>/", views.WebhookDetail.as_view(), name="webhook"),
    path("webhooks/<int:webhook_id>/rotate/", views.WebhookRotate.as_view(), name="webhook_rotate"),
    path("webhooks/<int:webhook_id>/test/", views.WebhookTest.as_view(), name="webhook_test"),
    path("webhooks/<int:webhook_id>/deliveries/", views.WebhookDeliveries.as_view(), name="webhook_deliveries"),
    path(
        "webhooks/<int:webhook_id>/deliveries/<uuid:event_id>/replay/",
        views.WebhookReplay.as_view(),
        name="webhook_replay",
    ),
]
