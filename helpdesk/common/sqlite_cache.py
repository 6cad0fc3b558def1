"""A cache in one small SQLite file, for runs without Redis.

Django's file cache has no atomic `add` and `incr`, and its database cache would compete for the write lock of
the main database. Rate limits need the first and must not cost the second. The file may be deleted at any time.
"""

from __future__ import annotations

import pickle
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache

SCHEMA = "CREATE TABLE IF NOT EXISTS entry (key TEXT PRIMARY KEY, value BLOB NOT NULL, expires REAL) WITHOUT ROWID"
PURGE_EVERY = 500
LOCK_TIMEOUT = 5.0  # seconds
NEVER = 2.0**60
T = TypeVar("T")


class SqliteCache(BaseCache):
    """All operations are atomic across threads and processes. Expired rows go every `PURGE_EVERY` writes."""

    def __init__(self, location: str | Path, params: dict[str, Any]) -> None:
        super().__init__(params)
        self._path = str(location)
        self._local = threading.local()
        self._writes = 0

    @property
    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._open()
        return connection

    def _open(self) -> sqlite3.Connection:
        """Several processes may make the file at the same moment; turning WAL on then fails without any waiting."""
        Path(self._path).parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self._path, timeout=LOCK_TIMEOUT, isolation_level=None)
        deadline = time.monotonic() + LOCK_TIMEOUT
        while True:
            try:
                connection.execute("PRAGMA journal_mode=WAL")
                # Losing the last entries in a power cut is what a cache may do.
                connection.execute("PRAGMA synchronous=OFF")
                connection.execute(SCHEMA)
                return connection
            except sqlite3.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.01)

    def _expires(self, timeout: Any) -> float:
        if timeout is DEFAULT_TIMEOUT:
            timeout = self.default_timeout
        if timeout is None:
            return NEVER
        return time.time() + timeout if timeout > 0 else 0.0

    def _write(self, act: Callable[[sqlite3.Connection], T]) -> T:
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            result = act(connection)
            self._writes += 1
            if self._writes % PURGE_EVERY == 0:
                connection.execute("DELETE FROM entry WHERE expires <= ?", (time.time(),))
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
        return result

    def _read(self, connection: sqlite3.Connection, key: str) -> tuple[bytes, float] | None:
        row = connection.execute("SELECT value, expires FROM entry WHERE key = ?", (key,)).fetchone()
        return row if row is not None and row[1] > time.time() else None

    @staticmethod
    def _put(connection: sqlite3.Connection, key: str, value: Any, expires: float) -> None:
        blob = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
        connection.execute("INSERT OR REPLACE INTO entry (key, value, expires) VALUES (?, ?, ?)", (key, blob, expires))

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        row = self._read(self._connection, self.make_and_validate_key(key, version=version))
        return default if row is None else pickle.loads(row[0])

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        name = self.make_and_validate_key(key, version=version)
        self._write(lambda connection: self._put(connection, name, value, self._expires(timeout)))

    def add(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        name = self.make_and_validate_key(key, version=version)

        def act(connection: sqlite3.Connection) -> bool:
            if self._read(connection, name) is not None:
                return False
            self._put(connection, name, value, self._expires(timeout))
            return True

        return self._write(act)

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        name = self.make_and_validate_key(key, version=version)

        def act(connection: sqlite3.Connection) -> int:
            row = self._read(connection, name)
            if row is None:
                raise ValueError(f"Key {key!r} not found")
            value: int = pickle.loads(row[0]) + delta
            self._put(connection, name, value, row[1])
            return value

        return self._write(act)

    def touch(self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        name = self.make_and_validate_key(key, version=version)

        def act(connection: sqlite3.Connection) -> bool:
            changed = connection.execute(
                "UPDATE entry SET expires = ? WHERE key = ? AND expires > ?",
                (self._expires(timeout), name, time.time()),
            )
            return changed.rowcount > 0

        return self._write(act)

    def delete(self, key: Any, version: int | None = None) -> bool:
        name = self.make_and_validate_key(key, version=version)
        return self._write(
            lambda connection: connection.execute("DELETE FROM entry WHERE key = ?", (name,)).rowcount > 0
        )

    def clear(self) -> None:
        self._write(lambda connection: connection.execute("DELETE FROM entry"))

    def close(self, **kwargs: Any) -> None:
        """Connections stay open between requests: opening one costs more than every operation here."""
