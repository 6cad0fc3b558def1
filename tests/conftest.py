"""What all tests share: which database this leg runs on."""

from __future__ import annotations

from typing import Any

import hypothesis
import pytest
from django.conf import settings
from django.db import connection

from helpdesk import catalogues
from tests import databases
from tests.cast import Cast, assemble


def pytest_configure(config: pytest.Config) -> None:
    """Pages are tested in both languages, so the translations must be built; xdist's workers find them ready."""
    if not hasattr(config, "workerinput"):
        catalogues.compile_all(settings.BASE_DIR)


def pytest_report_header() -> str:
    broker = settings.CELERY_BROKER_URL.partition(":")[0]
    cache = settings.CACHES["default"]["BACKEND"].rpartition(".")[2]
    return f"helpdesk: database {connection.vendor}, broker {broker}, cache {cache}"


# How long an example takes is the benchmark's business; a busy machine proves nothing wrong.
hypothesis.settings.register_profile("helpdesk", deadline=None)
hypothesis.settings.load_profile("helpdesk")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """pytest-django's test database with its triggers and catalogue, plus a picture of what was written."""
    with django_db_blocker.unblock():
        databases.apply_rules()
        databases.remember_what_migrations_wrote()


@pytest.fixture(autouse=True)
def _clean_cache() -> None:
    """Rate limits and other short-lived memory start empty in each test."""
    from django.core.cache import cache

    cache.clear()


@pytest.fixture
def cast(db: None) -> Cast:
    """The fixed people every test knows."""
    return assemble()
