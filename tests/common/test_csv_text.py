"""Tables that no spreadsheet takes for formulas."""

from __future__ import annotations

import csv
import io

import pytest

from helpdesk.common.csv_text import csv_lines, safe_cell


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"])
def test_text_that_looks_like_a_formula_gets_an_apostrophe(start):
    assert safe_cell(f"{start}1+1") == f"'{start}1+1"


@pytest.mark.parametrize("value", ["", "a=b", "#10001", "王敏", 5, -5, 2.5])
def test_everything_else_stays(value):
    assert safe_cell(value) == value


def test_lines_are_read_back_as_they_were_written():
    rows = [("a,b", 'say "yes"', None), ("两\n行", 1, "x")]
    assert list(csv.reader(io.StringIO("".join(csv_lines(rows))))) == [["a,b", 'say "yes"', ""], ["两\n行", "1", "x"]]
