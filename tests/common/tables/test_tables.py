"""Reading what people bring along, and getting back exactly what was written."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from django.utils import translation
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from helpdesk.common.errors import InvalidInput
from helpdesk.common.tables import rows
from helpdesk.common.tables.reading import open_table
from helpdesk.common.tables.writing import csv_parts, write_xlsx

# What a stored text can be: no control characters, `\n` as line end.
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"], include_characters="\n\t"), max_size=40)
NASTY = [
    "=1+1",
    "'=x",
    "''=x",
    "'x",
    "-5",
    "＝1",
    "0012",
    "两\n行",
    "9" * 65,
    "\t=1",
    'say "x"',
    "a,b;c",
    "#N/A",
    "_x0041_",
    "_x005F_",
]
COLUMNS = ["编号", "Name", "x"]


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def saved(folder: Path, data: bytes | str, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def read(path: Path) -> list[list[str]]:
    table = open_table(path, name=path.name)
    return [list(row.values.values()) for row in table.rows]


def refusal(path: Path, name: str = "") -> str:
    with pytest.raises(InvalidInput) as caught:
        table = open_table(path, name=name or path.name)
        for _row in table.rows:
            pass
    return str(caught.value.fields["file"][0])


def holds_something(line: list[str]) -> bool:
    """Rows of blanks are skipped."""
    return any(text.strip() for text in line)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.lists(st.lists(TEXT, min_size=3, max_size=3).filter(holds_something), max_size=6))
@example([[value, "x", value] for value in NASTY])
def test_what_is_written_is_read_back_the_same(tmp_path: Path, lines: list[list[str]]) -> None:
    csv_file = saved(tmp_path, "".join(csv_parts(COLUMNS, lines)))
    assert open_table(csv_file, name="t.csv").columns == COLUMNS
    assert read(csv_file) == lines
    nameless = tmp_path / "0a1b2c"  # files wait under names that say nothing
    write_xlsx(nameless, COLUMNS, lines, sheet="x")
    assert read(nameless) == lines


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gbk", "gb18030"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_encodings_and_separators_are_found(tmp_path: Path, encoding: str, separator: str) -> None:
    lines = [["资产编号", "使用人", "备注"], ["PC-1", "王敏", "二楼，靠窗"], ["PC-2", "李强", ""]]
    text = "\r\n".join(separator.join(line) for line in lines) + "\r\n"
    path = saved(tmp_path, text.encode(encoding))
    assert open_table(path, name="t.csv").columns == lines[0]
    assert read(path) == lines[1:]


def test_western_and_traditional_chinese_files_are_not_taken_for_gbk(tmp_path: Path) -> None:
    assert read(saved(tmp_path, "tag,name\nPC-1,Müller café Größe\n".encode("cp1252"))) == [
        ["PC-1", "Müller café Größe"]
    ]
    words = "財產編號,使用者,部門\n1,資訊處的電腦與螢幕,總務處\n"
    assert read(saved(tmp_path, words.encode("big5"))) == [["1", "資訊處的電腦與螢幕", "總務處"]]


def test_a_broken_character_is_named_by_its_row(tmp_path: Path) -> None:
    data = "编号,名称\n1,打印机和电脑\n2,显示器".encode() + b"\xff\n"
    assert refusal(saved(tmp_path, data)).startswith("Row 3 ")


def test_rows_are_counted_as_the_spreadsheet_does(tmp_path: Path) -> None:
    path = saved(tmp_path, 'tag,name\n1,"two\nlines"\n\n2,x\n')
    assert [row.number for row in open_table(path, name="t.csv").rows] == [2, 4]


def test_cells_without_a_heading_are_named(tmp_path: Path) -> None:
    path = saved(tmp_path, "tag,,name\n1,,x,more\n2,y,z\n")
    table = open_table(path, name="t.csv")
    assert [(row.values, row.surplus) for row in table.rows] == [
        ({"tag": "1", "name": "x"}, "more"),
        ({"tag": "2", "name": "z"}, "y"),
    ]


def test_numbers_days_and_texts_of_a_spreadsheet(tmp_path: Path) -> None:
    import datetime as dt

    book = openpyxl.Workbook()
    book.active.append(["a", "b", "c", "d", "e", "f"])
    book.active.append(["007", 7, 7.5, dt.date(2026, 3, 2), True, 7.0])
    book.save(tmp_path / "t.xlsx")
    assert read(tmp_path / "t.xlsx") == [["007", "7", "7.5", "2026-03-02", "true", "7"]]


def test_formulas_errors_and_rounded_numbers_are_problems_of_their_cell(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["a", "b", "c"])
    book.active.append(["=1+1", "#N/A", 12345678901234567])
    book.save(tmp_path / "t.xlsx")
    (row,) = open_table(tmp_path / "t.xlsx", name="t.xlsx").rows
    assert list(row.problems) == ["a", "b", "c"]
    (row,) = open_table(saved(tmp_path, "a,b\n=1+1,'=1+1\n"), name="t.csv").rows
    assert (row.values["b"], list(row.problems)) == ("=1+1", ["a"])


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"", "t.csv", "empty"),
        (b"\n\n", "t.csv", "empty"),
        (b"tag,tag\n", "t.csv", "Two columns"),
        (b"tag\n\x001\n", "t.csv", "Row 2"),
        (b"tag\n" + b"x" * 10_001, "t.csv", "10000 characters"),
        (b'tag\n"' + b"x" * 200_000, "t.csv", "quotation mark"),
        (",".join(f"c{n}" for n in range(201)).encode(), "t.csv", "200 columns"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "t.xls", "Old Excel"),
        (b"PK\x03\x04", "t.xlsm", "macros"),
        (b"PK\x03\x04 broken", "t.xlsx", "readable"),
        (b"<html></html>", "t.csv", "isn't a table"),
        (b"%PDF-1.7", "t.csv", "isn't a table"),
    ],
)
def test_what_is_no_table_is_refused_in_words(tmp_path: Path, data: bytes, name: str, words: str) -> None:
    assert words in refusal(saved(tmp_path, data, name))


def test_too_many_rows_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "MAX_ROWS", 3)
    assert "more than 3 rows" in refusal(saved(tmp_path, "a\n1\n2\n3\n4\n"))


def packed(path: Path, **parts: bytes) -> Path:
    """A small true workbook with more in it."""
    book = openpyxl.Workbook()
    book.active.append(["a"])
    book.save(path)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), data)
    return path


@pytest.mark.parametrize(
    ("part", "data", "words"),
    [
        ("xl__big_xml", b" " * (40 << 20), "too large"),
        ("xl__vbaProject_bin", b"x", "macros"),
        ("xl__externalLinks__externalLink1_xml", b"<x/>", "refers to other files"),
        ("xl__more_xml", b'<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>', "readable"),
    ],
)
def test_bombs_and_what_reaches_outside_are_refused(tmp_path: Path, part: str, data: bytes, words: str) -> None:
    assert words in refusal(packed(tmp_path / "t.xlsx", **{part: data}))


def test_too_many_parts_are_refused(tmp_path: Path) -> None:
    parts = {f"p{number}": b"" for number in range(1001)}
    assert "too large" in refusal(packed(tmp_path / "t.xlsx", **parts))


def test_a_row_far_away_doesnt_fill_the_gap(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active["A1"] = "a"
    book.active["A2"] = "x"
    book.save(tmp_path / "s.xlsx")
    with zipfile.ZipFile(tmp_path / "s.xlsx") as old, zipfile.ZipFile(tmp_path / "t.xlsx", "w") as new:
        for info in old.infolist():
            data = old.read(info)
            if info.filename.startswith("xl/worksheets/"):
                data = data.replace(b'r="2"', b'r="999999999"').replace(b'r="A2"', b'r="A999999999"')
            new.writestr(info.filename, data)
    assert "readable" in refusal(tmp_path / "t.xlsx")


def test_rows_of_blanks_are_no_rows(tmp_path: Path) -> None:
    assert read(saved(tmp_path, "a,b\n  , \n\u3000,\n1,2\n")) == [["1", "2"]]


@pytest.mark.parametrize("line", ["sep=;\r\n", "SEP=;\n", "\ufeffsep=;\r\n"])
def test_the_line_that_tells_spreadsheets_the_separator_is_none_of_the_table(tmp_path: Path, line: str) -> None:
    table = open_table(saved(tmp_path, f"{line}tag,x;b\n1,5;2\n"), name="t.csv")
    assert table.columns == ["tag,x", "b"]
    # As a spreadsheet, which doesn't show the line, counts them.
    assert [(row.number, list(row.values.values())) for row in table.rows] == [(2, ["1,5", "2"])]


def test_a_heading_that_only_begins_like_a_separator_is_a_heading(tmp_path: Path) -> None:
    assert open_table(saved(tmp_path, "sep=,tag\n1,2\n"), name="t.csv").columns == ["sep=", "tag"]
    assert open_table(saved(tmp_path, "sep=x\n1\n"), name="t.csv").columns == ["sep=x"]
