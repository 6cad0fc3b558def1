"""Normal forms of texts, also of those that somebody sends to keep us busy."""

from __future__ import annotations

import unicodedata

import pytest

from helpdesk.common.search import normalise
from helpdesk.common.text import clean_text
from helpdesk.common.unicode_forms import normal_form

TWO_MARKS = "\u0301\u0316"  # above and below, to be put in order


@pytest.mark.parametrize("marks", [TWO_MARKS, "\uff9e\u0316"])
def test_a_text_of_marks_alone_is_cut_before_it_is_put_in_order(marks: str) -> None:
    text = clean_text("a" + marks * 500_000 + "b", field="text", max_length=100)
    assert len(text) <= 33
    assert text.endswith("b")
    assert len(normalise("a" + marks * 500_000)) <= 31


@pytest.mark.parametrize("form", ["NFC", "NFKC"])
def test_what_people_write_stays_as_unicode_has_it(form: str) -> None:
    for words in (
        "Cafe\u0301 ",
        "ﾌﾟﾘﾝﾀ ",
        "Tiê\u0301ng Viê\u0323t ",
        "打印机（A）",
        "שָׁלוֹם ",
        "각 각 ",
        "é" + TWO_MARKS * 14,
    ):
        for text in (words, words * 300):
            assert normal_form(form, text) == unicodedata.normalize(form, text)  # type: ignore[arg-type]
