"""Reading the environment: every variable may be given as NAME or as NAME_FILE, and a wrong one stops the start.

`refuse` raises SystemExit with one sentence, so whatever process reads the settings ends with that
sentence on stderr, exit code 1 and no traceback.
"""

from __future__ import annotations

import os
import re
import secrets
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Any, NoReturn
from urllib.parse import unquote, urlsplit
from zoneinfo import available_timezones

from environ import Env

TRUE_WORDS = frozenset({"1", "true", "yes", "on"})
FALSE_WORDS = frozenset({"0", "false", "no", "off"})
DATABASE_SCHEMES = ("sqlite", "postgres", "postgresql")
REDIS_SCHEMES = ("redis", "rediss", "unix")
EMAIL_SCHEMES = ("smtp", "smtp+tls", "smtps", "smtp+ssl", "file", "consolemail")
MAILBOX_SCHEMES = {"imaps": ("tls", 993), "imap+starttls": ("starttls", 143), "imap": ("none", 143)}
DJANGO_FLOOR = (5, 2, 17)
SAMPLE_KEY = re.compile(r"insecure|change.?me|sample|example|replace|your.?secret", re.IGNORECASE)
HOST_AND_PORT = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):([0-9]{1,5})")


def refuse(name: str, reason: str) -> NoReturn:
    """End the process: the setting `name` cannot be used, because of `reason` (the rest of an English sentence)."""
    raise SystemExit(f"The help desk does not start: {name} {reason}.")


def text(name: str, default: str = "") -> str:
    """The variable's text without surrounding blanks; an empty variable counts as not given."""
    value = os.environ.get(name, "").strip()
    path = os.environ.get(f"{name}_FILE", "").strip()
    if value and path:
        refuse(name, f"is given twice, as {name} and as {name}_FILE; keep one")
    if path:
        try:
            value = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
            refuse(f"{name}_FILE", f"names {path}, which cannot be read ({reason})")
        if not value:
            refuse(f"{name}_FILE", f"names {path}, which is empty")
    return value or default


def flag(name: str, default: bool = False) -> bool:
    value = text(name)
    if not value:
        return default
    if value.lower() in TRUE_WORDS:
        return True
    if value.lower() in FALSE_WORDS:
        return False
    refuse(name, f"is {value!r}, which is neither true nor false")


def number(name: str, default: int, *, low: int, high: int) -> int:
    value = text(name)
    if not value:
        return default
    if not value.isascii() or not value.isdigit() or not low <= int(value) <= high:
        refuse(name, f"is {value!r}, which is not a whole number from {low} to {high}")
    return int(value)


def choice(name: str, default: str, allowed: Iterable[str]) -> str:
    value = text(name, default)
    allowed = list(allowed)
    if value not in allowed:
        refuse(name, f"is {value!r}, which is not one of: {', '.join(allowed)}")
    return value


def words(name: str) -> list[str]:
    """A list separated by commas."""
    return [part.strip() for part in text(name).split(",") if part.strip()]


def time_zone(name: str, default: str) -> str:
    value = text(name, default)
    if value not in available_timezones():
        refuse(name, f"is {value!r}, which is not a time zone name such as Asia/Shanghai")
    return value


def site_url(name: str, default: str) -> str:
    """Scheme and host of the site, without a final slash."""
    value = text(name, default).rstrip("/")
    try:
        parts = urlsplit(value)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        usable = usable and not (parts.path or parts.query or parts.fragment or parts.username)
    except ValueError:
        usable = False
    if not usable:
        refuse(name, f"is {value!r}, which is not an address such as https://help.example.org")
    return value


def endpoints(name: str) -> list[tuple[str, int]]:
    """A list of host:port pairs separated by commas."""
    pairs = []
    for word in words(name):
        match = HOST_AND_PORT.fullmatch(word)
        if match is None or not 0 < int(match[2]) < 65536:
            refuse(name, f"holds {word!r}, which is not host:port")
        pairs.append((match[1].strip("[]"), int(match[2])))
    return pairs


def database(name: str, default_path: Path) -> dict[str, Any]:
    """Django's database block for a sqlite:// or postgres:// address."""
    value = text(name)
    scheme = value.partition("://")[0]
    if not value or scheme == "sqlite":
        check_full_text_search()
        path = value.removeprefix("sqlite:///") if value else str(default_path)
        if not path or "://" in path:
            refuse(name, f"is {value!r}; a SQLite address looks like sqlite:////folder/file.sqlite3")
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": path,
            # IMMEDIATE takes the write lock at BEGIN. Deferred transactions that write later fail under several
            # processes whatever the timeout (SQLITE_BUSY_SNAPSHOT).
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
            },
        }
    if scheme not in DATABASE_SCHEMES:
        refuse(name, f"starts with {scheme!r}, which is not one of: {', '.join(DATABASE_SCHEMES)}")
    return postgresql(name, value)


def postgresql(name: str, value: str) -> dict[str, Any]:
    """Django's database block for a postgres:// address."""
    try:
        block: dict[str, Any] = dict(Env.db_url_config(value))
    except Exception:
        refuse(name, "is not an address such as postgres://user:password@host:5432/name")
    if not block.get("NAME"):
        refuse(name, "names no database; it looks like postgres://user:password@host:5432/name")
    # A socket's folder stands quoted where the host would.
    block["HOST"] = unquote(block.get("HOST") or "")
    block["ENGINE"] = "django.db.backends.postgresql"
    block["CONN_MAX_AGE"] = 600
    block["CONN_HEALTH_CHECKS"] = True
    return block


def redis_url(name: str) -> str:
    value = text(name)
    if value and value.partition("://")[0] not in REDIS_SCHEMES:
        refuse(name, f"is not an address such as redis://host:6379/0 (allowed: {', '.join(REDIS_SCHEMES)})")
    return value


def broker_of(redis_url: str) -> str:
    """The address as Celery writes it: it has names of its own for a socket and its database number."""
    if not redis_url.startswith("unix://"):
        return redis_url
    return redis_url.replace("unix://", "redis+socket://", 1).replace("?db=", "?virtual_host=")


def email(name: str, default_folder: Path) -> dict[str, Any]:
    """Django's EMAIL_* settings; without the variable, mails become files in `default_folder`."""
    value = text(name)
    if not value:
        return {"EMAIL_BACKEND": "helpdesk.common.mail_files.EmailBackend", "EMAIL_FILE_PATH": default_folder}
    scheme = value.partition("://")[0]
    if scheme not in EMAIL_SCHEMES:
        refuse(name, f"starts with {scheme!r}, which is not one of: {', '.join(EMAIL_SCHEMES)}")
    if scheme == "file":
        return {
            "EMAIL_BACKEND": "helpdesk.common.mail_files.EmailBackend",
            "EMAIL_FILE_PATH": Path(value.removeprefix("file://")),
        }
    try:
        block = dict(Env.email_url_config("smtp+ssl" + value[5:] if scheme == "smtps" else value))
    except Exception:
        refuse(name, "is not an address such as smtp://user:password@host:587")
    if scheme.startswith("smtp") and not block.get("EMAIL_HOST"):
        refuse(name, "names no host; it looks like smtp://user:password@host:587")
    return {
        key: block[key]
        for key in (
            "EMAIL_BACKEND",
            "EMAIL_HOST",
            "EMAIL_PORT",
            "EMAIL_HOST_USER",
            "EMAIL_HOST_PASSWORD",
            "EMAIL_USE_TLS",
            "EMAIL_USE_SSL",
        )
        if block.get(key) is not None
    }


@dataclass(frozen=True)
class Mailbox:
    """Where mail is fetched from. `security` is tls, starttls or none."""

    host: str
    port: int
    security: str
    username: str
    password: str
    folder: str


def mailbox(name: str) -> Mailbox | None:
    """The mailbox of an imaps:// address; None without the variable. Its parts may be quoted with % as in any address."""
    value = text(name)
    if not value:
        return None
    scheme = value.partition("://")[0]
    if scheme not in MAILBOX_SCHEMES:
        refuse(name, f"starts with {scheme[:20]!r}, which is not one of: {', '.join(MAILBOX_SCHEMES)}")
    security, usual_port = MAILBOX_SCHEMES[scheme]
    try:
        parts = urlsplit(value)
        port = parts.port or usual_port
        host, username, password = parts.hostname or "", unquote(parts.username or ""), unquote(parts.password or "")
    except ValueError:
        refuse(name, "is not an address such as imaps://user:password@host/INBOX")
    if not host:
        refuse(name, "names no host; it looks like imaps://user:password@host/INBOX")
    if not username or not password:
        refuse(name, "names no user or no password; it looks like imaps://user:password@host/INBOX")
    return Mailbox(host, port, security, username, password, unquote(parts.path.strip("/")) or "INBOX")


def check_production(*, debug: bool, secret_key: str, allowed_hosts: list[str]) -> None:
    """What must not be seen on a server that others rely on."""
    if debug:
        refuse("DEBUG", "is on, which shows the inside of the program to visitors; switch it off in production")
    if not secret_key:
        refuse("SECRET_KEY", "is not set; production needs one, at least 50 random characters")
    if len(secret_key) < 50 or len(set(secret_key)) < 10 or SAMPLE_KEY.search(secret_key):
        refuse("SECRET_KEY", "is a sample or too short; production needs at least 50 random characters")
    if "*" in allowed_hosts:
        refuse("ALLOWED_HOSTS", "contains '*', which lets anybody choose the host name; name the hosts in production")


def check_django(version: tuple[int, ...]) -> None:
    """Older releases have published holes."""
    if version < DJANGO_FLOOR:
        floor = ".".join(map(str, DJANGO_FLOOR))
        refuse("Django", f"is {'.'.join(map(str, version))}, older than {floor}; install requirements.lock again")


def check_full_text_search() -> None:
    """The embedded database needs SQLite's FTS5."""
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute("CREATE VIRTUAL TABLE probe USING fts5(content)")
    except sqlite3.DatabaseError:
        refuse(
            "DATABASE_URL", "means SQLite, but this Python has an SQLite without FTS5; use PostgreSQL or another Python"
        )
    finally:
        connection.close()


def data_dir(name: str, default: Path) -> Path:
    """The folder for everything that must survive a restart; created when missing, must be writable."""
    path = Path(text(name, str(default))).absolute()
    try:
        path.mkdir(parents=True, exist_ok=True)
        probe = path / f".probe-{secrets.token_hex(4)}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        refuse(name, f"is {path}, which cannot be written to ({error.strerror})")
    return path


def kept_secret(path: Path) -> str:
    """A random secret created once in `path`, readable by this user only."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        # Another process may have created the file a moment ago and not written it yet.
        return _read_secret(path)
    except OSError as error:
        refuse("DATA_DIR", f"holds no secret key and none can be written there ({error.strerror})")
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(48))
    return path.read_text(encoding="ascii")


def _read_secret(path: Path) -> str:
    deadline = monotonic() + 2
    while True:
        try:
            value = path.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            value = ""
        if len(value) >= 50:
            return value
        if monotonic() > deadline:
            refuse("SECRET_KEY", f"is not set and the file {path} cannot be used; remove the file or set the variable")
        sleep(0.05)
