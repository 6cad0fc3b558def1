"""Periodic tasks of the whole: thin, safe to run twice, any number of schedulers may send them."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from helpdesk import periodic
from helpdesk.common import scheduling
from helpdesk.common.clock import database_now


@shared_task
def heartbeat() -> None:
    """Sent by the scheduler, recorded by the worker: proof that a worker takes and finishes tasks."""
    scheduling.beat("worker", at=timezone.now())


@shared_task
def sweep() -> None:
    periodic.sweep(at=database_now())


@shared_task
def clean_up() -> None:
    periodic.clean_up(at=timezone.now())
