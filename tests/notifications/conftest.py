from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.net_server import WebServer
from tests.notifications.processes import ROOT, database_url
from tests.notifications.sink import Sink

Manage = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def sink(settings: Any) -> Iterator[Sink]:
    """A mail server; mails of the test go to it."""
    server = Sink()
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    yield server
    server.stop()


@pytest.fixture
def make_server(settings: Any) -> Iterator[Callable[..., WebServer]]:
    """Start web servers that the test's destinations may reach."""
    running = []

    def make(*given: Any, **options: Any) -> WebServer:
        running.append(WebServer(*given, **options))
        settings.EGRESS_ALLOW = [*settings.EGRESS_ALLOW, ("127.0.0.1", running[-1].port)]
        return running[-1]

    yield make
    for server in running:
        server.stop()


@pytest.fixture
def server(make_server: Callable[..., WebServer]) -> WebServer:
    return make_server()


@pytest.fixture
def manage(sink: Any, settings: Any, tmp_path: Path) -> Manage:
    """Start a management command as a process of its own, on the test's database and mail server."""
    environment = {
        **{name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ},
        "DJANGO_SETTINGS_MODULE": "helpdesk.settings",
        "DATABASE_URL": database_url(),
        "DATA_DIR": str(tmp_path),
        "EMAIL_URL": f"smtp://127.0.0.1:{sink.port}",
        "SECRET_KEY": settings.SECRET_KEY,  # what is sealed here is read there
        "ALLOW_TEST_CLOCK": "1",
        "LOG_LEVEL": "ERROR",
    }

    def start(*arguments: str, **more: str) -> subprocess.Popen[str]:
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.Popen(command, cwd=ROOT, env={**environment, **more}, stdout=subprocess.PIPE, text=True)

    return start
