"""What the check of a file says is wrong with it."""

from __future__ import annotations

import pytest

from assets.models import Asset, AssetAttribute, Vendor, VendorContract
from assets.services.importing.jobs import write_import
from helpdesk.common.errors import Conflict
from tests.assets.acts import act, at, make_asset
from tests.assets.imports import as_csv, checked, counts, problems, written
from tests.cast import Cast
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

BAD = [
    ("type", "Toaster"),
    ("type", ""),
    ("tag", "PC 1/2"),
    ("user", "nobody-here"),
    ("user", "leaver"),
    ("user", "丁宁"),
    ("department", "Nowhere"),
    ("vendor", "Nobody Ltd"),
    ("contract", "C-1"),
    ("purchased", "soon"),
    ("purchased", "03/04/2026"),
    ("purchased", "2026-02-30"),
    ("purchased", "1026-02-03"),
    ("state", "flying"),
    ("ip", "10.0.0.999"),
    ("mac", "zz:00"),
    ("hostname", "two words"),
    ("name", "javascript:alert(1)"),
    ("notes", "=HYPERLINK(1)"),
    ("lent until", "2026-12-01"),
    ("model", "x" * 121),
]


@pytest.mark.parametrize(("column", "text"), BAD)
def test_what_is_wrong_is_named_by_row_and_column(cast: Cast, column: str, text: str) -> None:
    values = {"tag": "PC-1", "type": "laptop", column: text}
    job = checked(cast.agent, as_csv(list(values), ["OK-1", "laptop", ""][: len(values)], list(values.values())))
    wrong = [error for error in job.errors if error["row"] == 3]
    assert [error["column"] for error in wrong] == [column]
    assert wrong[0]["sentence"].endswith((".", "。"))
    assert (job.state, Asset.objects.count()) == ("refused", 0)
    with pytest.raises(Conflict) as caught:
        write_import(job_id=job.pk, actor=cast.agent, at=at(2))
    assert caught.value.code == "has_errors"


def test_everything_that_is_wrong_with_a_row_is_said_at_once(cast: Cast) -> None:
    make_asset(cast.agent, tag="OLD-1", manufacturer="Dell", serial="S1")
    row = {
        "tag": "A/1",
        "type": "laptop",
        "brand": "Dell",
        "serial": "S1",
        "ip": "1.2.3",
        "mac": "zz",
        "vendor": "Nobody Ltd",
        "contract": "C-9",
        "user": "nobody-here",
        "lent until": "2026-12-01",
        "purchased": "soon",
        "notes": "javascript:alert(1)",
        "memory_gb": "viel",
        "system": "=1",
    }
    job = checked(cast.agent, as_csv(list(row), list(row.values())))
    fine = {"type", "brand"}
    assert problems(job) == [(2, heading) for heading in row if heading not in fine]


def test_what_follows_from_another_error_is_not_said(cast: Cast) -> None:
    AssetAttribute.objects.filter(code="memory_gb").update(is_required=True)
    vendor = Vendor.objects.create(name_zh="一号公司", liaison=cast.liaison)
    VendorContract.objects.create(vendor=vendor, number="C-1", starts_on=at().date())
    columns = ["tag", "type", "state", "user", "lent until", "vendor", "contract", "memory_gb"]
    job = checked(
        cast.agent,
        as_csv(
            columns,
            ["PC-1", "laptop", "in use", "nobody-here", "", "", "", "viel"],
            ["PC-2", "laptop", "flying", "requester", "2026-12-01", "", "", "8"],
            ["PC-3", "laptop", "lent", "requester", "soon", "", "", "8"],
            ["PC-4", "Toaster", "", "", "", "Nobody Ltd", "C-1", "8"],
            ["=1", "laptop", "", "", "", "", "", "8"],
        ),
    )
    wrong = [(2, "user"), (2, "memory_gb"), (3, "state"), (4, "lent until"), (5, "type"), (5, "vendor"), (6, "tag")]
    assert problems(job) == wrong


def test_of_two_people_of_one_name_the_user_name_decides(cast: Cast) -> None:
    UserFactory(username="wang2", full_name="王敏")
    columns = ["tag", "type", "user"]
    assert problems(checked(cast.agent, as_csv(columns, ["PC-1", "laptop", "王敏"]))) == [(2, "user")]
    written(cast.agent, as_csv(columns, ["PC-1", "laptop", "王敏 (wang2)"]))
    assert Asset.objects.get().holder.username == "wang2"


def test_states_and_people_have_to_fit(cast: Cast) -> None:
    columns = ["tag", "type", "state", "user", "lent until"]
    job = checked(
        cast.agent,
        as_csv(
            columns,
            ["PC-1", "laptop", "in use", "", ""],
            ["PC-2", "laptop", "in stock", "requester", ""],
            ["PC-3", "laptop", "lent", "requester", ""],
            ["PC-4", "laptop", "lent", "requester", "2026-12-24"],
            ["PC-5", "laptop", "", "requester", ""],
        ),
    )
    assert problems(job) == [(2, "user"), (3, "state"), (4, "lent until")]


def test_an_asset_whose_hand_out_waits_keeps_its_holder(cast: Cast) -> None:
    act(make_asset(cast.agent, tag="PC-1"), "hand_out", cast.agent, person=cast.requester)
    assert problems(checked(cast.agent, as_csv(["tag", "user"], ["PC-1", "colleague"]))) == [(2, "user")]
    assert counts(checked(cast.agent, as_csv(["tag", "user", "notes"], ["PC-1", "requester", "x"]))) == (0, 1, 0, 0)


def test_repetitions_in_the_file_and_foreign_serial_numbers_are_refused(cast: Cast) -> None:
    make_asset(cast.agent, tag="OLD-1", serial="S1")
    columns = ["tag", "type", "brand", "serial"]
    lines = [["PC-1", "laptop", "Dell", "A"], ["pc-1", "laptop", "Dell", "B"], ["PC-2", "laptop", "dell", "a"]]
    job = checked(cast.agent, as_csv(columns, *lines, ["PC-3", "laptop", "LENOVO", "s1"]))
    assert problems(job) == [(3, "tag"), (4, "serial"), (5, "serial")]
    assert "OLD-1" in job.errors[-1]["sentence"]
