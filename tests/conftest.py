"""What all tests share: which database this leg runs on."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.db import connection

from tests.cast import Cast, assemble


def pytest_report_header() -> str:
    broker = settings.CELERY_BROKER_URL.partition(":")[0]
    cache = settings.CACHES["default"]["BACKEND"].rpartition(".")[2]
    return f"helpdesk: database {connection.vendor}, broker {broker}, cache {cache}"


@pytest.fixture(autouse=True)
def _clean_cache() -> None:
    """Rate limits and other short-lived memory start empty in each test."""
    from django.core.cache import cache

    cache.clear()


@pytest.fixture
def cast(db: None) -> Cast:
    """The fixed people every test knows."""
    return assemble()
