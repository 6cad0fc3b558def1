"""Background work of the register: thin, safe to run twice, in any number of workers at once."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from assets.services.importing import running

# Longer than other tasks may take: two hundred thousand rows are one transaction.
LONGEST = 25 * 60  # seconds


@shared_task(soft_time_limit=LONGEST, time_limit=LONGEST + 60)
def run_import(job_id: int) -> None:
    running.run_import(job_id=job_id, at=timezone.now())
