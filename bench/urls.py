from django.urls import include, path

from bench import views
from helpdesk.urls import handler400, handler500

__all__ = ["handler400", "handler500", "urlpatterns"]
urlpatterns = [
    path("bench/empty/", views.empty),
    path("bench/row/", views.InsertRow.as_view()),
    path("", include("helpdesk.urls")),
]
