"""`manage.py start web|worker|beat`: look whether everything is fit, then be that process."""

from __future__ import annotations

import gc
import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connections
from granian.cli import cli as granian

from helpdesk import celery_app as celery
from helpdesk import env
from helpdesk.startup import refuse_taken_port, refuse_unfit


class Command(BaseCommand):
    help = "Start one of the three processes: web, worker or beat."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("process", choices=["web", "worker", "beat"])

    def handle(self, *args: Any, process: str, **options: Any) -> None:
        # `manage.py run` has just brought everything up to date.
        if os.environ.get("HELPDESK_STARTUP_CHECKED") != "1":
            refuse_unfit(serves_pages=process == "web")
        connections.close_all()
        os.chdir(settings.BASE_DIR)
        os.environ["HELPDESK_STARTUP_CHECKED"] = "1"
        sys.stdout.flush()
        # In this very process, which has imported everything already; granian's workers are forked from it.
        if process == "web":
            refuse_taken_port()
            # Cleaning up would write to what the workers share with this process, and so copy it for each of them.
            gc.collect()
            gc.freeze()
            granian.main(args=_web(), prog_name="granian")
        else:
            celery.start(_worker() if process == "worker" else _beat())


def _web() -> list[str]:
    """Threads share one interpreter, so two processes of two threads answer more than one of four, for about 120 MB."""
    workers, threads = (2, 2) if settings.IS_PRODUCTION else (1, 4)
    return [
        "helpdesk.wsgi:application",
        "--interface=wsgi",
        "--no-ws",
        f"--host={settings.HOST}",
        f"--port={settings.PORT}",
        f"--workers={env.number('WEB_WORKERS', workers, low=1, high=64)}",
        f"--blocking-threads={env.number('WEB_THREADS', threads, low=1, high=64)}",
        "--respawn-failed-workers",
        "--workers-kill-timeout=20",
        "--log-level=warning",
    ]


def _worker() -> list[str]:
    # Threads on the file broker: one process, quick to start. Processes on Redis: time and memory limits hold.
    pool, default = ("prefork", 2) if settings.REDIS_URL else ("threads", 4)
    return [
        "--quiet",
        "worker",
        f"--pool={pool}",
        f"--concurrency={env.number('WORKER_CONCURRENCY', default, low=1, high=64)}",
        "--without-gossip",
        "--without-mingle",
        "--without-heartbeat",
        f"--loglevel={settings.LOG_LEVEL}",
    ]


def _beat() -> list[str]:
    return ["--quiet", "beat", f"--loglevel={settings.LOG_LEVEL}"]
