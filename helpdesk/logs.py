"""Structured logs: one JSON object per line in production, readable lines otherwise, never a raw control character."""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from typing import Any

import structlog
from structlog.typing import Processor

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
SECRET_KEYS = re.compile(r"password|secret|token|authorization|cookie|api_key", re.IGNORECASE)


def _visible(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"


def escape_control_characters(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Text from outside cannot forge or hide log lines. Tracebacks keep their line breaks."""
    for key, value in event.items():
        if isinstance(value, str) and key != "exception":
            event[key] = CONTROL.sub(_visible, value)
    return event


def mask_secrets(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Values under names that promise a secret are never written."""
    for key, value in event.items():
        if value and isinstance(value, str) and SECRET_KEYS.search(key):
            event[key] = "***"
    return event


def _drop_color_message(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    event.pop("color_message", None)
    return event


SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.StackInfoRenderer(),
    structlog.processors.format_exc_info,
    mask_secrets,
    escape_control_characters,
]


def logging_config(*, level: str, as_json: bool) -> dict[str, Any]:
    """Django's LOGGING block; also configures structlog."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
                "foreign_pre_chain": SHARED,
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {
            name: {"handlers": ["stderr"], "level": level, "propagate": False}
            for name in ("helpdesk", "tickets", "notifications", "django_structlog", "celery")
        }
        | {
            # request_finished and request_failed already tell about these.
            "django.request": {"handlers": ["stderr"], "level": "CRITICAL", "propagate": False},
            # One line per tick of every periodic task would bury everything else; failures still show.
            "celery.app.trace": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
            "celery.worker.strategy": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
            "celery.beat": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
            "django.server": {"handlers": ["stderr"], "level": level, "propagate": False},
        },
    }
