"""By what somebody on the phone is found besides the letters of their name: its sound and their number. Pure.

Keys are stored with the person (`User.save`) and compared by their beginning, which both databases answer from an index.
"""

from __future__ import annotations

import re

LONGEST = 200
SHORTEST_NUMBER = 3

_HAN = re.compile("[\u3400-\u9fff\U00020000-\U0003ffff]")
_NOT_IN_KEY = re.compile(r"[^a-z0-9]+")
# A text with other signs is no name: `c#` sounds like nobody.
_LIKE_A_NAME = re.compile(r"[a-z0-9 .'()_-]*")
_NUMBERS_APART = re.compile(r"[/;,、；，|\n]|(?<=\d)\s*(?:转|ext\.?|x)\s*(?=\d)", re.IGNORECASE)
_LIKE_A_NUMBER = re.compile(r"[+(]?[\d\s().+\-–—]+")
_MOBILE = re.compile(r"1[3-9]\d{9}")
# Characters that are read differently when they are a family name.
_READINGS = (
    "单:shan 曾:zeng 仇:qiu 解:xie 查:zha 任:ren 区:ou 盖:ge 朴:piao 翟:zhai 缪:miao 覃:qin 员:yun 种:chong 秘:bi "
    "冼:xian 召:shao 纪:ji 宁:ning 葛:ge 华:hua 应:ying 车:che 乐:yue 尉:wei 燕:yan "
    "尉迟:yuchi 万俟:moqi 单于:chanyu 长孙:zhangsun 令狐:linghu"
)
_FAMILY_NAMES = dict(reading.split(":") for reading in _READINGS.split())


def sound_of(name: str) -> str:
    """How a name is typed by its sound, in one word: `李强` → `liqiang`, `Tom Baker` → `tombaker`."""
    return "".join(_syllables(name))[:LONGEST]


def initials_of(name: str) -> str:
    """The first letters of a name's syllables or words: `李强` → `lq`, `Tom Baker` → `tb`."""
    return "".join(part[0] for part in _syllables(name))[:LONGEST]


def _syllables(name: str) -> list[str]:
    if _HAN.search(name):
        # The dictionary takes 40 MB: only processes that write Chinese names load it.
        from pypinyin import lazy_pinyin

        family = next((part for part in (name[:2], name[:1]) if part in _FAMILY_NAMES), "")
        parts = [_FAMILY_NAMES[family]] if family else []
        parts += lazy_pinyin(name[len(family) :])
    else:
        parts = [name]
    return [word for part in parts for word in _NOT_IN_KEY.split(part.casefold()) if word]


def typed_sound(text: str) -> str:
    """What was typed, as it is compared with sounds and initials; empty when it can be neither."""
    text = text.casefold()
    return _NOT_IN_KEY.sub("", text)[:LONGEST] if _LIKE_A_NAME.fullmatch(text) else ""


def numbers_of(phone: str) -> list[str]:
    """The telephone numbers in a text, as digits without the country code: `+86 10 6021-8000` → `1060218000`."""
    found = []
    for part in _NUMBERS_APART.split(phone):
        digits = re.sub(r"\D", "", part) if part.isascii() else re.sub(r"[^0-9]", "", part)
        for prefix in ("0086", "86"):
            if digits.startswith(prefix) and len(digits) - len(prefix) >= 9:
                digits = digits.removeprefix(prefix)
                break
        # Area codes are dialled with a 0 at home and without it from abroad.
        digits = digits.lstrip("0") or digits
        if digits:
            found.append(digits)
    return found


def phone_key(phone: str) -> str:
    """The numbers turned round, one behind the other with spaces, so that trailing digits stand in front."""
    return " ".join(number[::-1] for number in numbers_of(phone))[:LONGEST]


def typed_number(text: str) -> str:
    """What was typed, turned round like the keys; empty when it is no number or too short to mean one."""
    if not _LIKE_A_NUMBER.fullmatch(text):
        return ""
    numbers = numbers_of(text)
    return numbers[0][::-1] if numbers and len(numbers[0]) >= SHORTEST_NUMBER else ""


def extensions_in(typed: str) -> list[str]:
    """The shorter numbers that a long one (turned round) may end with: a switchboard shows the extension behind its own.

    Nobody's mobile number ends with an extension of ours.
    """
    if _MOBILE.fullmatch(typed[::-1]):
        return []
    return [typed[:length] for length in range(len(typed) - 1, SHORTEST_NUMBER, -1)]
