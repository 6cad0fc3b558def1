"""Addresses that are accepted, and what Django gets from them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from helpdesk import env


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("postgres://u:p%40ss@db.example.org:6432/desk", ("desk", "u", "p@ss", "db.example.org", 6432)),
        ("postgresql://u@localhost/desk", ("desk", "u", "", "localhost", "")),
        ("postgres://u@%2Frun%2Fpg/desk", ("desk", "u", "", "/run/pg", "")),
    ],
)
def test_postgresql_addresses(address: str, expected: tuple[Any, ...]) -> None:
    block = env.postgresql("DATABASE_URL", address)
    assert tuple(block[name] or "" for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")) == expected
    assert block["ENGINE"] == "django.db.backends.postgresql"
    assert block["CONN_HEALTH_CHECKS"]


def test_sqlite_is_set_up_for_several_processes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATABASE_URL", "sqlite:////data/desk.sqlite3")
    block = env.database("DATABASE_URL", tmp_path)
    assert block["NAME"] == "/data/desk.sqlite3"
    assert block["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in block["OPTIONS"]["init_command"]
    assert "foreign_keys=ON" in block["OPTIONS"]["init_command"]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("smtp://mail.example.org:25", {"EMAIL_HOST": "mail.example.org", "EMAIL_PORT": 25}),
        ("smtp+tls://u:p@mail:587", {"EMAIL_USE_TLS": True, "EMAIL_HOST_USER": "u", "EMAIL_HOST_PASSWORD": "p"}),
        ("smtps://u:p@mail:465", {"EMAIL_USE_SSL": True, "EMAIL_PORT": 465}),
        ("file:///data/mail", {"EMAIL_FILE_PATH": Path("/data/mail")}),
    ],
)
def test_mail_addresses(monkeypatch: pytest.MonkeyPatch, address: str, expected: dict[str, Any]) -> None:
    monkeypatch.setenv("EMAIL_URL", address)
    block = env.email("EMAIL_URL", Path("/elsewhere"))
    assert {name: block.get(name) for name in expected} == expected


def test_mails_become_files_without_an_address(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("EMAIL_URL", raising=False)
    assert env.email("EMAIL_URL", tmp_path)["EMAIL_FILE_PATH"] == tmp_path


def test_a_file_gives_a_value_without_its_line_end(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s3cret\n")
    monkeypatch.setenv("METRICS_TOKEN_FILE", str(tmp_path / "secret"))
    assert env.text("METRICS_TOKEN") == "s3cret"


@pytest.mark.parametrize(("word", "value"), [("1", True), ("Yes", True), ("on", True), ("0", False), ("FALSE", False)])
def test_flags(monkeypatch: pytest.MonkeyPatch, word: str, value: bool) -> None:
    monkeypatch.setenv("DEBUG", word)
    assert env.flag("DEBUG", not value) is value


def test_private_endpoints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EGRESS_ALLOW", "127.0.0.1:9101, hooks.local:443,[::1]:80")
    assert env.endpoints("EGRESS_ALLOW") == [("127.0.0.1", 9101), ("hooks.local", 443), ("::1", 80)]


def test_django_below_the_floor_is_refused() -> None:
    env.check_django((5, 2, 17))
    with pytest.raises(SystemExit, match=r"Django is 5\.2\.16, older than 5\.2\.17"):
        env.check_django((5, 2, 16))


def test_a_socket_of_redis_is_told_to_celery_in_its_own_words() -> None:
    assert env.broker_of("unix:///run/valkey.sock?db=3") == "redis+socket:///run/valkey.sock?virtual_host=3"
    assert env.broker_of("rediss://desk:secret@cache:6379/1") == "rediss://desk:secret@cache:6379/1"
