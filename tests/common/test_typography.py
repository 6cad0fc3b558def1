"""Spacing between scripts in sentences that are put together from Chinese texts and people's names."""

from __future__ import annotations

import pytest

from helpdesk.common.text import set_apart


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        ("Emma Clarke提交了工单。", "Emma Clarke 提交了工单。"),
        ("已转给Han Xue处理", "已转给 Han Xue 处理"),
        ("李强提交了工单，11月26日18:00", "李强提交了工单，11月26日18:00"),
        ("请使用 VPN 登录", "请使用 VPN 登录"),
        ("Emma Clarke submitted the ticket.", "Emma Clarke submitted the ticket."),
        ("", ""),
    ],
)
def test_letters_and_han_stand_apart_and_dates_do_not(sentence: str, shown: str) -> None:
    assert set_apart(sentence) == shown
    assert set_apart(shown) == shown
