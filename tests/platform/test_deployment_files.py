"""The container files say what docs/deploy.md promises. (No container engine is needed to read them.)"""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from tests.architecture.sources import ROOT


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return loaded


def test_all_parts_are_there(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == {"postgres", "valkey", "migrate", "web", "worker", "beat", "mail"}
    assert compose["services"]["mail"]["profiles"] == ["dev"]


def test_every_long_running_part_has_a_health_check_and_comes_back(compose: dict[str, Any]) -> None:
    for name in ("postgres", "valkey", "web", "worker", "beat"):
        service = compose["services"][name]
        assert service["healthcheck"]["test"][0] == "CMD", name
        assert service["restart"] == "unless-stopped", name


def test_servers_wait_for_the_migration(compose: dict[str, Any]) -> None:
    for name in ("web", "worker", "beat"):
        assert compose["services"][name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    assert compose["services"]["migrate"]["restart"] == "no"


def test_secrets_come_from_files(compose: dict[str, Any]) -> None:
    text = (ROOT / "docker-compose.yml").read_text() + (ROOT / ".env.example").read_text()
    assert not re.search(r"(?i)(password|secret_key|token)[ \t]*[:=][ \t]*(?!/run/secrets/)[\"']?[A-Za-z0-9]", text)
    assert "postgres://" not in text
    web = compose["services"]["web"]["environment"]
    assert web["SECRET_KEY_FILE"] == "/run/secrets/secret_key"
    assert web["DATABASE_URL_FILE"] == "/run/secrets/database_url"


def test_ports_are_open_to_this_machine_only(compose: dict[str, Any]) -> None:
    ports = [port for service in compose["services"].values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_data_lives_in_volumes(compose: dict[str, Any]) -> None:
    assert set(compose["volumes"]) == {"postgres", "valkey", "data"}
    assert "data:/data" in compose["services"]["worker"]["volumes"]


def test_the_image_is_pinned_by_hashes_and_runs_without_root() -> None:
    text = (ROOT / "Dockerfile").read_text()
    assert "--require-hashes" in text
    assert re.search(r"^USER helpdesk$", text, re.MULTILINE)
    assert "requirements-dev" not in text
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert {".env", ".git", "var", "secrets", "tests"} <= set(ignored)


def test_the_procfile_names_the_three_processes() -> None:
    lines = (ROOT / "Procfile").read_text().splitlines()
    assert [line.partition(":")[0] for line in lines] == ["web", "worker", "beat"]


def test_every_variable_is_documented() -> None:
    read = re.compile(
        r"env\.(?:text|flag|number|choice|words|time_zone|site_url|endpoints|database|redis_url|email|data_dir)\(\s*[\"'](\w+)"
    )
    names = {name for path in (ROOT / "helpdesk").rglob("*.py") for name in read.findall(path.read_text())}
    documented = set(re.findall(r"`([A-Z_]+)`", (ROOT / "docs" / "deploy.md").read_text()))
    assert len(names) > 15
    assert names - documented == set()
