"""Periodic tasks of the whole: thin, safe to run twice, any number of schedulers may send them."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from helpdesk.common import scheduling


@shared_task
def heartbeat() -> None:
    """Sent by the scheduler, recorded by the worker: proof that a worker takes and finishes tasks."""
    scheduling.beat("worker", at=timezone.now())
