"""Importing the lists that people keep: what is read, what is refused, and what is written."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone, translation

from assets.choices import AssetState
from assets.exchange.export import export_table
from assets.exchange.values import read_day
from assets.models import (
    Asset,
    AssetAttribute,
    AssetEvent,
    AssetSearch,
    AssetType,
    CustodyAct,
    ImportJob,
    Vendor,
    VendorContract,
)
from assets.search import search_assets
from assets.services.importing import jobs, storage
from assets.services.importing.jobs import check_import, forget_imports, ring_for_waiting, upload_table, write_import
from assets.services.importing.running import run_import
from helpdesk import periodic
from helpdesk.accounts.models import User
from helpdesk.common.errors import Conflict, InvalidInput, NotAllowed, NotVisible
from helpdesk.common.tables.writing import write_xlsx
from tests.assets.acts import act, at, handed_out, make_asset
from tests.assets.imports import as_csv, checked, counts, exported, problems, uploaded, written
from tests.cast import Cast

pytestmark = pytest.mark.django_db

CHINESE = ["资产编号", "类别", "品牌", "规格型号", "SN", "使用人", "部门", "采购日期", "保修到期", "状态", "备注"]


def test_a_list_from_a_chinese_spreadsheet_just_works(cast: Cast) -> None:
    data = as_csv(
        CHINESE,
        [
            "pc-1",
            "笔记本电脑",
            "联想",
            "X1",
            "PF1",
            "requester",
            "财务部",
            "2026/3/2",
            "2029年3月1日",
            "在用",
            "二楼，靠窗",
        ],
        ["PC-2", "显示器", "戴尔", "U27", "", "", "", "02.03.2026", "", "在库", ""],
        encoding="gbk",
    )
    job = written(cast.agent, data)
    assert (job.state, counts(job)) == ("done", (2, 0, 0, 0))
    laptop = Asset.objects.get(tag="PC-1")
    assert (laptop.type.code, laptop.manufacturer, laptop.holder, laptop.state) == (
        "laptop",
        "联想",
        cast.requester,
        "in_use",
    )
    assert (str(laptop.purchased_on), str(laptop.warranty_until_on)) == ("2026-03-02", "2029-03-01")
    assert (laptop.department, laptop.notes) == (cast.finance, "二楼，靠窗")
    assert str(Asset.objects.get(tag="PC-2").purchased_on) == "2026-03-02"
    assert list(search_assets(Asset.objects.visible_to(cast.agent), "靠窗", cast.agent)) == [laptop]


def test_the_same_file_a_second_time_changes_nothing(cast: Cast) -> None:
    data = as_csv(CHINESE, ["PC-1", "笔记本电脑", "联想", "X1", "PF1", "王敏", "财务部", "2026/3/2", "", "", ""])
    written(cast.agent, data)
    before = (AssetEvent.objects.count(), Asset.history.count())
    assert counts(written(cast.agent, data)) == (0, 0, 1, 0)
    assert (AssetEvent.objects.count(), Asset.history.count()) == before


def test_what_is_taken_over_is_recorded(cast: Cast) -> None:
    asset = handed_out(cast.agent, cast.requester, tag="PC-1")
    version = asset.version
    job = written(cast.agent, as_csv(["tag", "user", "place"], ["PC-1", "colleague@example.com", "12-047"]))
    asset.refresh_from_db()
    assert (asset.holder, asset.location, asset.version) == (cast.colleague, "12-047", version + 1)
    event = asset.events.first()
    assert (event.code, event.actor, event.reason) == ("imported", cast.agent, "assets.csv")
    assert event.facts == {
        "import": job.pk,
        "fields": ["holder", "location"],
        "holder": [cast.requester.pk, cast.colleague.pk],
        "person": cast.colleague.pk,
    }
    taken = CustodyAct.objects.filter(asset=asset, via="import").order_by("id")
    assert [(row.kind, row.person, row.state) for row in taken] == [
        ("return", cast.requester, "accepted"),
        ("hand_out", cast.colleague, "accepted"),
    ]
    assert asset.history.first().history_user == cast.agent


def test_columns_that_the_file_lacks_stay_as_they_are(cast: Cast) -> None:
    asset = handed_out(cast.agent, cast.requester, tag="PC-1", notes="keep", serial="PF1")
    written(cast.agent, as_csv(["tag", "model"], ["PC-1", "T14"]))
    asset.refresh_from_db()
    assert (asset.model, asset.notes, asset.serial, asset.holder) == ("T14", "keep", "PF1", cast.requester)


def test_an_empty_cell_empties_the_field_and_takes_the_asset_back(cast: Cast) -> None:
    asset = handed_out(cast.agent, cast.requester, tag="PC-1", notes="old")
    written(cast.agent, as_csv(["tag", "user", "notes"], ["PC-1", "", ""]))
    asset.refresh_from_db()
    assert (asset.holder, asset.state, asset.notes) == (None, AssetState.STOCK, "")


def test_without_a_tag_the_serial_number_is_the_key(cast: Cast) -> None:
    asset = make_asset(cast.agent, tag="PC-1", serial="PF1")
    written(cast.agent, as_csv(["SN", "Model"], ["pf1", "T14"]))
    asset.refresh_from_db()
    assert (asset.model, Asset.objects.count()) == ("T14", 1)
    make_asset(cast.agent, tag="PC-2", serial="PF1", manufacturer="Dell")
    assert problems(checked(cast.agent, as_csv(["SN", "Model"], ["PF1", "T15"]))) == [(2, "SN")]


def test_attributes_are_read_by_their_names(cast: Cast) -> None:
    columns = ["tag", "type", "内存（GB）", "Operating system", "Prints in colour"]
    written(cast.agent, as_csv(columns, ["PC-1", "Laptop", "16", "Windows", ""], ["PR-1", "printer", "", "", "yes"]))
    assert Asset.objects.get(tag="PC-1").attributes == {"memory_gb": 16, "system": "windows"}
    assert Asset.objects.get(tag="PR-1").attributes == {"colour": True}
    job = checked(cast.agent, as_csv(columns, ["PC-2", "laptop", "viel", "BeOS", "no"]))
    assert problems(job) == [(2, "内存（GB）"), (2, "Operating system"), (2, "Prints in colour")]


def test_only_the_desk_imports(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        uploaded(cast.requester, as_csv(["tag"], ["PC-1"]))
    job = uploaded(cast.agent, as_csv(["tag"], ["PC-1"]))
    with pytest.raises(NotVisible):
        check_import(job_id=job.pk, mapping=job.mapping, actor=cast.requester, at=at())


def test_the_mapping_is_checked(cast: Cast) -> None:
    job = uploaded(cast.agent, as_csv(["Was", "tag", "x"], ["1", "PC-1", ""]))
    assert job.mapping == {"tag": "tag"}
    for mapping, wrong in (
        ({}, "mapping"),
        ({"Was": "tag", "tag": "tag"}, "tag"),
        ({"nope": "tag"}, "nope"),
        ({"tag": "colour of my car"}, "tag"),
    ):
        with pytest.raises(InvalidInput) as caught:
            check_import(job_id=job.pk, mapping=mapping, actor=cast.agent, at=at())
        assert list(caught.value.fields) == [wrong]


def test_sentences_are_in_the_language_of_who_asks(cast: Cast) -> None:
    with translation.override("en"):
        job = checked(cast.agent, as_csv(["tag", "type"], ["PC-1", "Toaster"]))
    assert job.errors[0]["sentence"].startswith("There is no type of this name. There are: Laptop")


def test_an_import_is_written_once(cast: Cast) -> None:
    job = written(cast.agent, as_csv(["tag", "type"], ["PC-1", "laptop"]))
    with pytest.raises(Conflict):
        write_import(job_id=job.pk, actor=cast.agent, at=at(3))
    with pytest.raises(Conflict):
        check_import(job_id=job.pk, mapping=job.mapping, actor=cast.agent, at=at(3))


def test_what_changed_after_the_check_is_seen_when_writing(cast: Cast) -> None:
    job = checked(cast.agent, as_csv(["tag", "type", "serial"], ["PC-1", "laptop", ""], ["PC-2", "laptop", "S9"]))
    make_asset(cast.agent, tag="OLD-1", manufacturer="", serial="S9")
    job = write_import(job_id=job.pk, actor=cast.agent, at=at(2))
    assert (job.state, problems(job)) == ("refused", [(3, "serial")])
    assert list(Asset.objects.values_list("tag", flat=True)) == ["OLD-1"]
    assert AssetSearch.objects.count() == 1


class TestWorker:
    """Files with many rows are a worker's."""

    @pytest.fixture
    def big(self, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> ImportJob:
        monkeypatch.setattr(jobs, "SMALL", 1)
        job = uploaded(cast.agent, as_csv(["tag", "type"], ["PC-1", "laptop"], ["PC-2", "laptop"]))
        return check_import(job_id=job.pk, mapping=job.mapping, actor=cast.agent, at=at())

    def test_a_worker_checks_and_writes(self, cast: Cast, big: ImportJob) -> None:
        assert big.state == "checking"
        run_import(job_id=big.pk, at=at())
        big.refresh_from_db()
        assert (big.state, counts(big), Asset.objects.count()) == ("checked", (2, 0, 0, 0), 0)
        assert write_import(job_id=big.pk, actor=cast.agent, at=at()).state == "writing"
        run_import(job_id=big.pk, at=at())
        run_import(job_id=big.pk, at=at())
        big.refresh_from_db()
        assert (big.state, Asset.objects.count(), AssetEvent.objects.count()) == ("done", 2, 2)

    def test_what_a_killed_worker_left_is_taken_up_again(self, big: ImportJob) -> None:
        ImportJob.objects.filter(pk=big.pk).update(leased_until_at=at(1), attempts=1)
        run_import(job_id=big.pk, at=at(0.5))
        assert (ring_for_waiting(at=at(0.5)), ring_for_waiting(at=at(1))) == (0, 1)
        run_import(job_id=big.pk, at=at(1))
        big.refresh_from_db()
        assert big.state == "checked"

    def test_what_kills_every_worker_is_given_up(self, big: ImportJob) -> None:
        ImportJob.objects.filter(pk=big.pk).update(leased_until_at=at(1), attempts=3)
        run_import(job_id=big.pk, at=at(1))
        big.refresh_from_db()
        assert (big.state, big.error_count) == ("failed", 1)


def test_old_imports_are_forgotten_with_their_files(cast: Cast) -> None:
    job = uploaded(cast.agent, as_csv(["tag"], ["PC-1"]), when=at())
    young = uploaded(cast.agent, as_csv(["tag"], ["PC-1"]), when=timezone.now())
    assert forget_imports(before=at(1)) == 1
    assert not storage.path_of(job.storage_key).exists()
    assert storage.path_of(young.storage_key).exists()


def test_a_file_that_is_no_table_leaves_nothing_behind(cast: Cast) -> None:
    for data in (b"", b"tag,type\n", b"%PDF-1.7"):
        with pytest.raises(InvalidInput):
            upload_table(name="x.csv", chunks=[data], actor=cast.agent, at=at())
    assert not ImportJob.objects.exists()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_export_comes_back_without_a_change(cast: Cast, language: str) -> None:
    handed_out(cast.agent, cast.requester, tag="PC-1", notes="=1+1\n-5", serial="007", department=cast.finance)
    make_asset(cast.agent, type="printer", attributes={"colour": False}, name="'=x", order_number="9" * 65)
    act(make_asset(cast.agent), "lend", cast.agent, person=cast.colleague, lent_until_on=at(90).date())
    with translation.override(language):
        data = exported(cast.agent)
        assert counts(checked(cast.agent, data)) == (0, 0, 3, 0)
    with translation.override("en" if language == "zh-hans" else "zh-hans"):
        assert counts(checked(cast.agent, data)) == (0, 0, 3, 0)


@pytest.mark.parametrize(("writer", "reader"), [("zh-hans", "en"), ("en", "zh-hans")])
def test_what_is_no_longer_offered_may_stay_whoever_reads_the_export(cast: Cast, writer: str, reader: str) -> None:
    one, two = (
        Vendor.objects.create(name_zh=zh, name_en=en, liaison=cast.liaison)
        for zh, en in (("一号", "One"), ("二号", "Two"))
    )
    contract = VendorContract.objects.create(vendor=one, number="C-1", starts_on=at().date())
    VendorContract.objects.create(vendor=two, number="C-1", starts_on=at().date())
    make_asset(
        cast.agent,
        vendor=one,
        contract=contract,
        department=cast.finance,
        attributes={"system": "linux", "memory_gb": 8},
    )
    colour = make_asset(cast.agent, type="printer", attributes={"colour": True})
    AssetType.objects.filter(code="laptop").update(is_retired=True)
    Vendor.objects.filter(pk=one.pk).update(is_retired=True)
    AssetAttribute.objects.filter(code="system").update(choices="windows | 视窗 | Windows\nmacos | 苹果 | macOS")
    AssetAttribute.objects.create(type=colour.type, code="trays", name_zh="纸盒", name_en="Trays", is_required=True)
    with translation.override(writer):
        data = exported(cast.agent)
    with translation.override(reader):
        job = checked(cast.agent, data)
    assert (job.errors, counts(job)) == ([], (0, 0, 2, 0))
    assert problems(checked(cast.agent, as_csv(["tag", "type"], ["PC-9", "laptop"]))) == [(2, "type")]


def test_who_may_no_longer_sign_in_keeps_what_they_have(cast: Cast) -> None:
    handed_out(cast.agent, cast.requester, tag="PC-1")
    User.objects.filter(pk=cast.requester.pk).update(is_active=False)
    assert counts(checked(cast.agent, as_csv(["tag", "user"], ["PC-1", "requester"]))) == (0, 0, 1, 0)


def test_the_export_comes_back_from_a_spreadsheet_too(cast: Cast, tmp_path: Path) -> None:
    handed_out(cast.agent, cast.requester, tag="PC-1", notes="=1+1\n-5", serial="007", price="12,50")
    make_asset(cast.agent, name="'=x", order_number="9" * 65, purchased_on=at().date())
    columns, rows = export_table(Asset.objects.visible_to(cast.agent))
    write_xlsx(tmp_path / "t.xlsx", columns, rows, sheet="x")
    job = checked(cast.agent, (tmp_path / "t.xlsx").read_bytes(), name="t.xlsx")
    assert (counts(job), job.errors) == ((0, 0, 2, 0), [])


def test_the_sweep_rings_for_what_waits_and_the_cleaning_forgets(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "SMALL", 0)
    now = timezone.now()
    job = uploaded(cast.agent, as_csv(["tag", "type"], ["PC-1", "laptop"]), when=now)
    check_import(job_id=job.pk, mapping=job.mapping, actor=cast.agent, at=now)
    assert periodic.sweep(at=now)["imports_taken_up"] == 1
    run_import(job_id=job.pk, at=now)
    assert "imports_taken_up" not in periodic.sweep(at=now)
    assert "asset-imports" in periodic.clean_up(at=now + timedelta(days=31))
    assert not ImportJob.objects.exists()


def test_a_return_that_waits_for_its_answer_holds_nothing_up(cast: Cast) -> None:
    asset = act(handed_out(cast.agent, cast.requester, tag="PC-1"), "take_back", cast.agent, hours=3)
    written(cast.agent, as_csv(["tag", "user"], ["PC-1", "colleague"]))
    asset.refresh_from_db()
    assert asset.holder == cast.colleague
    kinds = CustodyAct.objects.filter(asset=asset).order_by("id").values_list("kind", "state")
    assert list(kinds) == [("hand_out", "accepted"), ("return", "cancelled"), ("hand_out", "accepted")]


def test_a_return_is_asked_for_further_where_nobody_else_gets_the_asset(cast: Cast) -> None:
    asset = act(handed_out(cast.agent, cast.requester, tag="PC-1"), "take_back", cast.agent, hours=3)
    written(cast.agent, as_csv(["tag", "notes"], ["PC-1", "x"]))
    assert CustodyAct.objects.open().get(asset=asset).kind == "return"


def test_what_was_noted_under_a_deleted_attribute_holds_nothing_up(cast: Cast) -> None:
    asset = make_asset(cast.agent, tag="PC-1", attributes={"cpu": "i7", "memory_gb": 8})
    AssetAttribute.objects.filter(code="cpu").delete()
    written(cast.agent, as_csv(["tag", "memory_gb"], ["PC-1", "16"]))
    asset.refresh_from_db()
    assert asset.attributes == {"memory_gb": 16}


def test_a_contract_that_the_new_vendor_doesnt_have_is_named_and_not_dropped(cast: Cast) -> None:
    one, two = (Vendor.objects.create(name_zh=name, liaison=cast.liaison) for name in ("一号公司", "二号公司"))
    contract = VendorContract.objects.create(vendor=one, number="C-1", starts_on=at().date())
    asset = make_asset(cast.agent, tag="PC-1", vendor=one, contract=contract)
    columns = ["tag", "vendor", "contract"]
    assert problems(checked(cast.agent, as_csv(columns, ["PC-1", "二号公司", "C-1"]))) == [(2, "contract")]
    assert problems(checked(cast.agent, as_csv(columns, ["PC-1", "", "C-1"]))) == [(2, "contract")]
    same = VendorContract.objects.create(vendor=two, number="C-1", starts_on=at().date())
    written(cast.agent, as_csv(columns, ["PC-1", "二号公司", "C-1"]))
    asset.refresh_from_db()
    assert (asset.vendor, asset.contract) == (two, same)
    written(cast.agent, as_csv(columns, ["PC-1", "一号公司", ""]))
    asset.refresh_from_db()
    assert (asset.vendor, asset.contract) == (one, None)


@pytest.mark.parametrize(
    ("text", "day"),
    [("45000", "2023-03-15"), ("45000.5", "2023-03-15"), ("25569", "1970-01-01"), ("99999", "2173-10-13")],
)
def test_days_that_lost_their_format_are_read_as_the_spreadsheet_counts_them(text: str, day: str) -> None:
    assert str(read_day(text)) == day


@pytest.mark.parametrize("text", ["20000", "4500", "450000", "45000,5"])
def test_other_numbers_are_no_days(text: str) -> None:
    with pytest.raises(ValueError, match=r"[.。]$"):
        read_day(text)


@pytest.mark.parametrize("text", ["Data: 2 TB", "data:1/2", "Metadata: text/html", "data: text / plain"])
def test_texts_that_only_sound_like_links_are_taken(cast: Cast, text: str) -> None:
    assert problems(checked(cast.agent, as_csv(["tag", "type", "notes"], ["PC-1", "laptop", text]))) == []


@pytest.mark.parametrize("text", ["data:text/html,<script>", " DATA : text/html;base64,PHN2Zz4=", '"vbscript:x'])
def test_programs_in_the_shape_of_links_are_refused(cast: Cast, text: str) -> None:
    assert problems(checked(cast.agent, as_csv(["tag", "type", "notes"], ["PC-1", "laptop", text]))) == [(2, "notes")]
