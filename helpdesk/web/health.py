"""For machines that watch: /healthz (is the process up), /readyz (do all parts work), /metrics (Prometheus)."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from hmac import compare_digest
from ipaddress import ip_address
from typing import Any

import redis
from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_prometheus.exports import ExportToDjangoView

from helpdesk.broker import redis_client
from helpdesk.common.models import Heartbeat
from notifications.selectors import oldest_due
from tickets.services.mailroom.mailboxes import state_of, to_fetch

# Signs of life come every 15 s, so that a stop shows well inside two minutes.
SILENCE_ALLOWED = timedelta(seconds=75)
OUTBOX_DELAY_ALLOWED = timedelta(seconds=100)
POLL_DELAY_ALLOWED = timedelta(seconds=75)
FREE_DISK_NEEDED = 200 * 1024 * 1024

Finding = dict[str, Any]


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """503 as soon as one part does not work; the body says which."""
    now = timezone.now()
    findings = {
        "database": _database(),
        "broker": _broker(),
        "scheduler": _guarded(lambda: heartbeat_finding("scheduler", now)),
        "worker": _guarded(lambda: heartbeat_finding("worker", now)),
        "outbox": _guarded(lambda: _outbox(now)),
        "mailboxes": _guarded(lambda: _mailboxes(now)),
        "disk": _disk(),
    }
    is_ready = all(finding["ok"] for finding in findings.values())
    body = {"status": "ok" if is_ready else "unready", "checks": findings}
    return JsonResponse(body, status=200 if is_ready else 503)


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """For this machine, for whoever holds METRICS_TOKEN, and for administrators. Others find nothing."""
    if not (_asks_from_here(request) or _holds_token(request) or getattr(request.user, "is_admin", False)):
        raise Http404
    response: HttpResponse = ExportToDjangoView(request)
    return response


def _guarded(look: Callable[[], Finding]) -> Finding:
    try:
        return look()
    except DatabaseError:
        return {"ok": False, "reason": "database"}


def _database() -> Finding:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return {"ok": False}
    return {"ok": True}


def _broker() -> Finding:
    if not settings.REDIS_URL:
        return {"ok": os.access(settings.BROKER_DIR, os.W_OK)}
    try:
        client = redis_client()
        client.ping()
        client.close()
    except redis.RedisError:
        return {"ok": False}
    return {"ok": True}


def heartbeat_finding(name: str, now: datetime) -> Finding:
    """The worker's sign comes from a task that the scheduler sends, so it is also silent without a scheduler."""
    try:
        age = now - Heartbeat.objects.get(name=name).seen_at
    except ObjectDoesNotExist:
        return {"ok": False, "reason": "never seen"}
    return {"ok": age <= SILENCE_ALLOWED, "age_seconds": round(age.total_seconds())}


def _outbox(now: datetime) -> Finding:
    """How long the oldest message that may be sent now has been waiting. Messages in back-off are not due."""
    oldest = oldest_due(at=now)
    delay = now - oldest if oldest else timedelta(0)
    return {"ok": delay <= OUTBOX_DELAY_ALLOWED, "oldest_due_seconds": round(delay.total_seconds())}


def _mailboxes(now: datetime) -> Finding:
    """Whether mail is being fetched. A mail server that is away is told of as `failing`: all we can do is to wait for it."""
    states = [state_of(mailbox) for mailbox in to_fetch()]
    delays = [now - state.next_poll_at for state in states if state.next_poll_at is not None]
    never = [state for state in states if state.last_poll_at is None]
    last = max((state.last_poll_at for state in states if state.last_poll_at), default=None)
    return {
        "ok": max([timedelta(0), *delays]) <= POLL_DELAY_ALLOWED and not never,
        "last_poll_seconds": round((now - last).total_seconds()) if last else None,
        "failing": sum(state.failing_since is not None for state in states),
        "nearly_full": sum(state.is_nearly_full for state in states),
    }


def _disk() -> Finding:
    free = shutil.disk_usage(settings.DATA_DIR).free
    return {"ok": free >= FREE_DISK_NEEDED, "free_megabytes": free // (1024 * 1024)}


def _asks_from_here(request: HttpRequest) -> bool:
    """A direct caller on this machine. Behind a reverse proxy every address is local, hence no forwarded requests."""
    if "HTTP_X_FORWARDED_FOR" in request.META or "HTTP_FORWARDED" in request.META:
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def _holds_token(request: HttpRequest) -> bool:
    given = request.headers.get("Authorization", "").encode()
    return bool(settings.METRICS_TOKEN) and compare_digest(given, f"Bearer {settings.METRICS_TOKEN}".encode())
