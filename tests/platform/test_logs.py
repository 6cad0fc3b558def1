"""Log lines: forged lines and secrets stay out, the request id gets in."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import structlog
from django.conf import settings
from django.test import Client, RequestFactory

from helpdesk import logs
from helpdesk.web.request_log import client_address

SAY = (
    "import django, logging, sys; django.setup(); import structlog;"
    "structlog.get_logger('helpdesk.x').info('said', name='a\\nb\\x1b[31m\\u202e', api_token='hush', word='工单');"
    "logging.getLogger('helpdesk.y').warning('plain\\n%s', 'forged')"
)


def run_logging(tmp_path: Path, log_format: str) -> list[str]:
    import os

    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "helpdesk.settings",
        "DATA_DIR": str(tmp_path),
        "LOG_FORMAT": log_format,
        "LOG_LEVEL": "INFO",
    }
    result = subprocess.run(
        [sys.executable, "-c", SAY], cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=True
    )
    return result.stderr.splitlines()


def test_json_logs_are_one_object_per_line_without_secrets(tmp_path: Path) -> None:
    said, plain = (json.loads(line) for line in run_logging(tmp_path, "json"))
    assert said["event"] == "said"
    assert said["name"] == "a\\u000ab\\u001b[31m\\u202e"
    assert said["word"] == "工单"
    assert said["api_token"] == "***"
    assert plain["event"] == "plain\\u000aforged"
    assert plain["level"] == "warning"


def test_console_logs_hold_no_raw_control_characters(tmp_path: Path) -> None:
    lines = run_logging(tmp_path, "console")
    assert len(lines) == 2
    assert not any("\x1b" in line for line in lines)


def test_exceptions_keep_their_traceback() -> None:
    event: dict[str, Any] = {"exception": "Traceback\n  line", "event": "x\ny"}
    assert logs.escape_control_characters(None, "error", event) == {
        "exception": "Traceback\n  line",
        "event": "x\\u000ay",
    }


@pytest.mark.django_db
def test_every_response_has_a_request_id_of_its_own() -> None:
    client = Client()
    ids = {client.get(path)["X-Request-Id"] for path in ("/healthz", "/no-such-page", "/healthz")}
    assert len(ids) == 3


def test_a_request_id_from_outside_is_not_believed() -> None:
    assert Client().get("/healthz", headers={"X-Request-Id": "mine"})["X-Request-Id"] != "mine"


def test_forwarded_addresses_count_only_behind_trusted_proxies(settings: Any) -> None:
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.9", headers={"X-Forwarded-For": "6.6.6.6, 203.0.113.7"})
    assert client_address(request) == "10.0.0.9"
    settings.TRUSTED_PROXY_COUNT = 1
    assert client_address(request) == "203.0.113.7"
    settings.TRUSTED_PROXY_COUNT = 3
    assert client_address(request) == "10.0.0.9"


def test_structlog_uses_the_standard_handlers() -> None:
    assert isinstance(structlog.get_config()["logger_factory"], structlog.stdlib.LoggerFactory)
    assert logging.getLogger("helpdesk").handlers
