"""The help desk: project package and composition root."""

from helpdesk.celery import app as celery_app

__all__ = ["celery_app"]
