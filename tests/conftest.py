"""What all tests share: which database this leg runs on."""

from __future__ import annotations

from typing import Any
from unittest import TestCase

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


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What asks no database is the same on both, and runs with SQLite."""
    if connection.vendor == "postgresql":
        left = [item for item in items if not asks_the_database(item)]
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if asks_the_database(item)]


def asks_the_database(item: pytest.Item) -> bool:
    """By a fixture, a mark, or Django's own test case."""
    fixtures = {"db", "transactional_db", "django_db_setup"} & set(getattr(item, "fixturenames", ()))
    marks = [mark for name in ("django_db", "postgres_only", "e2e") if (mark := item.get_closest_marker(name))]
    case = getattr(item, "cls", None)
    return bool(fixtures or marks) or (case is not None and issubclass(case, TestCase))


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
