"""Imports of the size that organisations bring along, at once with others, and cut off in the middle."""

from __future__ import annotations

import os
import resource
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assets.models import Asset, AssetEvent, AssetSearch, CustodyAct, ImportJob
from assets.services.importing import batches, running, storage
from assets.services.importing.jobs import check_import, upload_table, write_import
from assets.services.importing.running import run_import
from helpdesk.common.errors import DomainError
from helpdesk.common.locking import lock_row
from tests.api.test_races import all_at_once
from tests.assets.acts import act, answer, at, make_asset
from tests.assets.imports import as_csv, checked, counts, exported
from tests.cast import Cast

MEGABYTE = 1024  # of kilobytes, in which the system counts
COLUMNS = ["资产编号", "类别", "品牌", "型号", "SN", "使用人", "部门", "采购日期", "备注"]
STORABLE = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]), max_size=30)


def lines(count: int, *, wrong: frozenset[int] = frozenset()) -> Iterator[list[str]]:
    for number in range(count):
        person = "nobody-here" if number in wrong else "requester" if number % 3 else ""
        yield [
            f"PC-{number:06}",
            "笔记本电脑",
            "联想",
            "ThinkPad",
            f"S{number}",
            person,
            "财务部",
            "2026/3/2",
            "靠窗 -5",
        ]


@pytest.mark.django_db
def test_five_thousand_assets_from_a_gbk_file_come_back_unchanged(cast: Cast) -> None:
    job = checked(cast.agent, as_csv(COLUMNS, *lines(5000), encoding="gbk"))
    assert (job.state, job.is_small) == ("checking", False)
    run_import(job_id=job.pk, at=at(1))
    write_import(job_id=job.pk, actor=cast.agent, at=at(2))
    run_import(job_id=job.pk, at=at(2))
    assert (Asset.objects.count(), AssetSearch.objects.count(), AssetEvent.objects.count()) == (5000, 5000, 5000)
    assert CustodyAct.objects.filter(via="import", person=cast.requester).count() == 3333
    again = checked(cast.agent, exported(cast.agent))
    run_import(job_id=again.pk, at=at(3))
    again.refresh_from_db()
    assert (again.state, counts(again)) == ("checked", (0, 0, 5000, 0))


@pytest.mark.django_db
def test_a_hundred_thousand_rows_with_fifty_errors_keep_the_memory_flat(cast: Cast) -> None:
    wrong = frozenset(range(1000, 100_000, 1980))
    job = checked(cast.agent, as_csv(COLUMNS, *lines(100_000, wrong=wrong)))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    run_import(job_id=job.pk, at=at(1))
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    job.refresh_from_db()
    assert (job.state, job.rows_read, job.error_count) == ("refused", 100_000, 50)
    assert {(error["row"], error["column"]) for error in job.errors} == {(number + 2, "使用人") for number in wrong}
    assert not Asset.objects.exists()
    assert grown < 120 * MEGABYTE


@pytest.mark.django_db
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(name=STORABLE, notes=STORABLE, order=STORABLE, memory=st.integers(0, 10**14))
def test_whatever_is_noted_of_an_asset_comes_back_the_same(
    cast: Cast, name: str, notes: str, order: str, memory: int
) -> None:
    make_asset(
        cast.agent,
        name=name,
        notes=f"{notes}\n{order}",
        order_number=order,
        attributes={"memory_gb": memory, "cpu": name},
    )
    job = checked(cast.agent, exported(cast.agent))
    assert (counts(job)[:2], job.errors) == ((0, 0), [])


class TestAtOnce:
    pytestmark = [
        pytest.mark.django_db(transaction=True),
        pytest.mark.postgres_only,
        pytest.mark.skipif(
            connection.vendor != "postgresql",
            reason="SQLite lets one writer in at a time; races are tested on PostgreSQL",
        ),
    ]

    def test_of_two_imports_of_the_same_assets_the_second_changes_them(self, cast: Cast) -> None:
        first = checked(cast.agent, as_csv(["tag", "type", "notes"], *([f"PC-{n}", "laptop", "a"] for n in range(40))))
        second = checked(
            cast.agent2, as_csv(["tag", "type", "notes"], *([f"PC-{n}", "laptop", "b"] for n in range(40)))
        )

        def writer(job: ImportJob):
            return lambda: counts(write_import(job_id=job.pk, actor=job.actor, at=at(2)))

        said = Counter(all_at_once([writer(first), writer(second)]))
        assert said == {(40, 0, 0, 0): 1, (0, 40, 0, 0): 1}
        assert Asset.objects.count() == 40
        assert set(Asset.objects.values_list("version", flat=True)) == {2}

    def test_one_import_is_written_once_however_often_it_is_asked(self, cast: Cast) -> None:
        job = checked(cast.agent, as_csv(["tag", "type"], *([f"PC-{n}", "laptop"] for n in range(20))))

        def act_once() -> str:
            try:
                return write_import(job_id=job.pk, actor=cast.agent, at=at(2)).state
            except DomainError as error:
                return error.code

        said = Counter(all_at_once([act_once] * 4))
        assert (said["wrong_state"], AssetEvent.objects.count()) == (3, 20)

    def test_a_hand_out_beside_an_import_is_not_overwritten(self, cast: Cast) -> None:
        asset = make_asset(cast.agent, tag="PC-1")
        job = checked(cast.agent, as_csv(["tag", "user"], ["PC-1", "colleague"]))

        def hand_out() -> str:
            try:
                act(asset, "hand_out", cast.agent, person=cast.requester)
            except DomainError as error:
                return error.code
            return "handed out"

        def importing() -> str:
            return write_import(job_id=job.pk, actor=cast.agent, at=at(2)).state

        said = set(all_at_once([hand_out, importing]))
        asset.refresh_from_db()
        if said == {"handed out", "refused"}:
            assert asset.holder == cast.requester
            answer(asset, cast.requester)
        else:
            assert "done" in said
            assert asset.holder == cast.colleague

    def test_an_act_on_two_assets_and_an_import_never_wait_for_each_other(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(batches.in_batches, "__defaults__", (1,))
        first, second = (make_asset(cast.agent, tag=tag) for tag in ("PC-1", "PC-2"))
        job = checked(cast.agent, as_csv(["tag", "notes"], ["PC-2", "b"], ["PC-1", "a"]))
        is_held = threading.Event()

        def act_on_both() -> str:
            with transaction.atomic():
                lock_row(Asset.objects.all(), pk=first.pk)
                is_held.set()
                _wait_until_somebody_waits()
                lock_row(Asset.objects.all(), pk=second.pk)
            return "both"

        def importing() -> str:
            is_held.wait(timeout=30)
            return write_import(job_id=job.pk, actor=cast.agent, at=at(2)).state

        assert set(all_at_once([act_on_both, importing])) == {"both", "done"}


def _wait_until_somebody_waits() -> None:
    until = time.monotonic() + 30
    with connection.cursor() as cursor:
        while time.monotonic() < until:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
    raise AssertionError("nobody waits")


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_is_killed_in_the_middle_has_written_nothing(cast: Cast) -> None:
    data = as_csv(["tag", "type"], *([f"PC-{n}", "laptop"] for n in range(1200)))
    now = timezone.now()
    job = upload_table(name="big.csv", chunks=[data], actor=cast.agent, at=now)
    check_import(job_id=job.pk, mapping=job.mapping, actor=cast.agent, at=now)
    run_import(job_id=job.pk, at=now)
    write_import(job_id=job.pk, actor=cast.agent, at=now)
    connections.close_all()
    child = os.fork()
    if child == 0:
        _die_after_two_batches(job.pk)
    _pid, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 9
    job.refresh_from_db()
    assert (job.state, Asset.objects.count(), Asset.history.count(), AssetSearch.objects.count()) == (
        "writing",
        0,
        0,
        0,
    )
    run_import(job_id=job.pk, at=now + timedelta(minutes=1))
    assert not Asset.objects.exists()
    run_import(job_id=job.pk, at=now + running.LEASE + timedelta(minutes=1))
    job.refresh_from_db()
    assert (job.state, counts(job), Asset.objects.count()) == ("done", (1200, 0, 0, 0), 1200)
    assert not storage.path_of(job.storage_key).exists()


def _die_after_two_batches(job_id: int) -> None:
    """In the child: the process ends without any cleaning up, as when it is killed."""
    real, done = running.write_plans, []

    def write_plans(*args: object, **kwargs: object) -> None:
        real(*args, **kwargs)  # type: ignore[arg-type]
        done.append(1)
        if len(done) == 2:
            os._exit(9)

    running.write_plans = write_plans  # type: ignore[assignment]
    try:
        run_import(job_id=job_id, at=timezone.now())
    finally:
        os._exit(1)
