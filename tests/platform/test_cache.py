"""The embedded cache: what rate limits and locks rely on."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import time_machine

from helpdesk.common.sqlite_cache import SqliteCache


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[SqliteCache]:
    yield SqliteCache(tmp_path / "cache.sqlite3", {})


def test_add_succeeds_for_exactly_one_of_many_threads(cache: SqliteCache) -> None:
    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(lambda number: cache.add("lock", number, 60), range(40)))
    assert won.count(True) == 1


def test_many_threads_may_make_the_file_at_once(tmp_path: Path) -> None:
    for turn in range(10):
        cache = SqliteCache(tmp_path / f"{turn}.sqlite3", {})
        with ThreadPoolExecutor(12) as pool:
            list(pool.map(lambda number, cache=cache: cache.set(f"key-{number}", number, 60), range(24)))
        assert [cache.get(f"key-{number}") for number in range(24)] == list(range(24))


def test_no_increment_is_lost_between_processes(tmp_path: Path) -> None:
    path = tmp_path / "cache.sqlite3"
    SqliteCache(path, {}).set("count", 0, None)
    program = (
        "import sys; from helpdesk.common.sqlite_cache import SqliteCache\n"
        "cache = SqliteCache(sys.argv[1], {})\n"
        "for _ in range(200): cache.incr('count')"
    )
    running = [subprocess.Popen([sys.executable, "-c", program, str(path)]) for _ in range(3)]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    assert SqliteCache(path, {}).get("count") == 600


def test_entries_expire_and_may_be_added_again(cache: SqliteCache) -> None:
    with time_machine.travel(1_800_000_000, tick=False) as clock:
        cache.set("key", "value", 10)
        clock.shift(9)
        assert cache.get("key") == "value"
        assert cache.touch("key", 10)
        clock.shift(11)
        assert cache.get("key", "gone") == "gone"
        assert not cache.touch("key")
        assert cache.add("key", "new")


def test_a_timeout_of_zero_stores_nothing(cache: SqliteCache) -> None:
    cache.set("key", "value", 0)
    assert cache.get("key") is None


def test_delete_and_clear(cache: SqliteCache) -> None:
    cache.set_many({"a": 1, "b": [2], "c": None}, None)
    assert cache.get_many(["a", "b", "c"]) == {"a": 1, "b": [2], "c": None}
    assert cache.delete("a")
    assert not cache.delete("a")
    cache.clear()
    assert "b" not in cache


def test_incrementing_nothing_is_an_error(cache: SqliteCache) -> None:
    with pytest.raises(ValueError, match="not found"):
        cache.incr("absent")


def test_expired_rows_do_not_pile_up(cache: SqliteCache) -> None:
    with time_machine.travel(1_800_000_000, tick=False) as clock:
        for number in range(400):
            cache.set(f"old-{number}", number, 1)
        clock.shift(2)
        for number in range(200):
            cache.set("young", number, 60)
        rows = cache._connection.execute("SELECT count(*) FROM entry").fetchone()[0]
    assert rows == 1
