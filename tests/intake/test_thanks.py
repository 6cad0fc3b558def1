"""A mere thank-you, told from everything that still needs somebody."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.intake.thanks import LONGEST, is_mere_thanks


@pytest.mark.parametrize(
    "text",
    [
        "谢谢",
        "谢谢！",
        "好的，谢谢!",
        "好的谢谢您",
        "收到，感谢",
        "收到",
        "非常感谢您的帮助！",
        "感谢各位老师的及时处理",
        "您好，\n\n已经可以了，谢谢！",
        "问题已解决，谢谢支持。",
        "现在恢复正常了，辛苦了",
        "OK，谢谢",
        "谢谢 👍",
        "太感谢了～～",
        "謝謝您的協助！",
        "收到，了解，謝謝",
        "問題解決了，感謝",
        "Thanks",
        "Thank you very much!",
        "thanks, works now",
        "Great, thanks a lot for the quick help!",
        "Hi team,\n\nall good now. Many thanks!\n\nBest regards",
        "Perfect 🎉",
        "It’s working now. Thanks again!",
        "ok thx",
    ],
)
def test_thanks_and_nothing_else(text: str) -> None:
    assert is_mere_thanks(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "您好",
        "Hi team",
        "谢谢，但还是不行",
        "谢谢，还没好",
        "谢谢，不行",
        "没有解决，谢谢",
        "可以了吗？谢谢",
        "可以了吗，谢谢",
        "好的，什么时候可以？",
        "谢谢，麻烦处理",
        "麻烦处理一下，谢谢",
        "谢谢，请重新打开",
        "收到，明天再试",
        "谢谢，另外打印机也坏了",
        "好了一会儿又断了",
        "不可以了",
        "谢谢\n13800138000",
        "感谢，附件是截图",
        "謝謝，但還是不行",
        "thanks but still broken",
        "Thanks, it doesn't work",
        "Thanks. Not working",
        "thanks, works now?",
        "Thanks, one more thing: the scanner",
        "it works again only after a reboot",
        "Thanks for nothing",
        "ok, I will try tomorrow",
        "great, now the printer is offline",
        "Thanks. Help!",
        "谢谢，帮忙",
        "Thanks 😡",
        "yes",
        "谢谢" * LONGEST,
    ],
)
def test_whatever_says_more_is_not(text: str) -> None:
    assert not is_mere_thanks(text)


def test_the_sender_s_own_name_below_says_nothing_more() -> None:
    assert not is_mere_thanks("Thanks!\n\nWang Min")
    assert is_mere_thanks("Thanks!\n\nWang Min", names=["Wang Min", ""])
    assert is_mere_thanks("好的，谢谢\n王敏", names=["王敏"])
    assert not is_mere_thanks("Wang Min is away, thanks", names=["Wang Min"])


@given(st.text())
def test_any_text_gets_an_answer(text: str) -> None:
    assert is_mere_thanks(text) in (True, False)


@given(
    st.sampled_from(["谢谢", "好的，谢谢", "Thanks, works now"]),
    st.sampled_from(["不", "没", "但", "not", "but", "0", "无法"]),
)
def test_one_word_that_denies_is_enough(text: str, word: str) -> None:
    assert not is_mere_thanks(f"{text} {word}")
    assert not is_mere_thanks(f"{word} {text}")
