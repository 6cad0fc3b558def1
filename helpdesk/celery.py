"""The Celery application. The database is the truth; tasks are doorbells and sweeps."""

import os

from celery import Celery
from django_structlog.celery.steps import DjangoStructLogInitStep
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")

# kombu's own file transport lets a reader take a half-written message; ours renames complete files into place.
TRANSPORT_ALIASES["filesystem"] = "helpdesk.broker:Transport"

app = Celery("helpdesk")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.steps["worker"].add(DjangoStructLogInitStep)
app.autodiscover_tasks()
