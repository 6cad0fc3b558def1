from __future__ import annotations

from django.urls import path

from escalation.api import views

urlpatterns = [
    path("policies/", views.PolicyList.as_view(), name="policies"),
    path("paths/", views.PathList.as_view(), name="paths"),
]
