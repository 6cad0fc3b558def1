"""Does an answer only say thank you? Then what is closed may stay closed. Pure.

Every word must be known to say nothing more: a word too many opens a ticket once more, a word overlooked would leave
somebody without help.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from helpdesk.common.unicode_forms import normal_form

LONGEST = 200  # signs; nobody needs more for it
BREAKS = re.compile(r"[,，.。!！~～;；、:：…\n\r()（）\"“”*_^=+\-—]+")
HAN = re.compile(r"[\u3400-\u9fff]")
QUESTIONS = ("?", "？", "吗", "嗎", "呢")
# Said alone, one of these is an answer; the others only stand beside it.
SAID = (
    *(
        "谢谢",
        "謝謝",
        "感谢",
        "感謝",
        "多谢",
        "多謝",
        "谢了",
        "謝了",
        "谢啦",
        "拜谢",
        "感恩",
        "辛苦了",
        "麻烦了",
        "麻烦您了",
        "麻烦你了",
    ),
    *(
        "麻烦你们了",
        "辛苦您了",
        "辛苦你了",
        "辛苦你们了",
        "辛苦大家了",
        "麻煩了",
        "麻煩您了",
        "麻煩你了",
        "辛苦您了",
        "給力",
        "给力",
    ),
    *(
        "好的",
        "好滴",
        "好嘞",
        "好哒",
        "收到",
        "知道了",
        "明白了",
        "明白",
        "了解了",
        "了解",
        "瞭解",
        "ok",
        "没问题了",
        "沒問題了",
    ),
    *(
        "可以了",
        "能用了",
        "可以用了",
        "可以正常使用了",
        "能正常使用了",
        "正常了",
        "恢复正常了",
        "恢复正常",
        "恢復正常了",
        "恢復正常",
    ),
    *(
        "好了",
        "解决了",
        "已解决",
        "已经解决",
        "解決了",
        "已解決",
        "已經解決",
        "搞定了",
        "搞定",
        "修好了",
        "恢复了",
        "恢復了",
        "没有问题了",
    ),
    *("登上了", "连上了", "連上了", "thanks", "thx"),
)
BESIDE = (
    *(
        "您好",
        "你好",
        "大家好",
        "各位好",
        "非常",
        "十分",
        "万分",
        "太",
        "真的",
        "真是",
        "很",
        "超级",
        "再次",
        "也",
        "都",
        "已经",
        "已經",
        "已",
    ),
    *(
        "现在",
        "現在",
        "目前",
        "您",
        "你",
        "您们",
        "你们",
        "你們",
        "大家",
        "各位",
        "老师",
        "老師",
        "工程师",
        "工程師",
        "同事",
        "服务台",
        "it部",
        "it",
    ),
    *(
        "的",
        "们",
        "了",
        "啦",
        "哈",
        "啊",
        "呀",
        "哦",
        "喔",
        "噢",
        "帮助",
        "帮忙",
        "協助",
        "幫助",
        "幫忙",
        "协助",
        "支持",
        "的回复",
        "的处理",
        "的處理",
    ),
    *(
        "的回覆",
        "及时",
        "及時",
        "快速",
        "迅速",
        "耐心",
        "热情",
        "的解答",
        "的指导",
        "的服务",
        "及时处理",
        "及时回复",
        "耐心解答",
        "问题",
        "問題",
    ),
    *(
        "故障",
        "网络",
        "網路",
        "电脑",
        "電腦",
        "打印机",
        "邮箱",
        "系统",
        "账号",
        "祝好",
        "祝工作顺利",
        "工作愉快",
        "周末愉快",
    ),
)
GREETINGS = frozenset(
    (
        *(
            "您好",
            "你好",
            "大家好",
            "各位好",
            "各位",
            "老师",
            "老師",
            "同事",
            "工程师",
            "工程師",
            "们",
            "好",
            "祝好",
            "祝工作顺利",
        ),
        *("工作愉快", "周末愉快", "祝", "顺祝商祺", "此致", "敬礼"),
    )
)
WORDS = frozenset(SAID + BESIDE) | GREETINGS
LONGEST_WORD = max(map(len, WORDS))

ENGLISH_SAID = (
    *("thanks", "thank you", "thank u", "thankyou", "thx", "tks", "ty", "cheers", "much appreciated", "appreciated"),
    *(
        "i appreciate it",
        "appreciate it",
        "appreciate your help",
        "ok",
        "okay",
        "got it",
        "great",
        "perfect",
        "awesome",
    ),
    *("excellent", "received", "noted", "understood", "it works", "it works now", "works", "works now", "works fine"),
    *("works again", "it works again", "it's working", "it's working now", "working now", "working again", "all good"),
    *("all good now", "everything works", "everything works now", "problem solved", "solved", "fixed", "resolved"),
    *(
        "issue resolved",
        "issue solved",
        "problem fixed",
        "that worked",
        "that did it",
        "that fixed it",
        "that solved it",
    ),
    *("it's fixed", "it's fixed now", "it is fixed", "it is working", "it is working now", "it is resolved"),
)
ENGLISH_BESIDE = (
    *(
        "again",
        "many",
        "very much",
        "so much",
        "a lot",
        "a million",
        "you",
        "really",
        "good",
        "job",
        "work",
        "now",
        "and",
    ),
    *(
        "for your help",
        "for the help",
        "for all your help",
        "for your support",
        "for the support",
        "for your quick help",
    ),
    *(
        "for the quick help",
        "for the quick response",
        "for the quick reply",
        "for your quick response",
        "for your reply",
    ),
    *("for the reply", "for the fast response", "for fixing it", "for fixing this", "for helping", "for the fix"),
    *("for the quick fix", "for your assistance"),
)
ENGLISH_GREETINGS = frozenset(
    tuple(phrase.split())
    for phrase in (
        *("hi", "hello", "dear", "all", "team", "everyone", "guys", "support", "it", "help desk", "service desk"),
        *("it desk", "colleagues", "regards", "best", "kind", "best regards", "kind regards", "br", "have a nice day"),
        *("have a great day", "have a good day", "have a nice weekend", "have a great weekend"),
    )
)
PHRASES = frozenset(tuple(phrase.split()) for phrase in ENGLISH_SAID + ENGLISH_BESIDE) | ENGLISH_GREETINGS
LONGEST_PHRASE = max(map(len, PHRASES))


def is_mere_thanks(text: str, names: Iterable[str] = ()) -> bool:
    """Whether the text thanks, confirms or says that all works, and nothing else. `names` are the sender's own."""
    plain = normal_form("NFKC", text[: LONGEST + 1]).lower().replace("’", "'")
    if len(text) > LONGEST or any(sign in plain for sign in QUESTIONS):
        return False
    for name in filter(None, (name.lower().strip() for name in names)):
        plain = re.sub(rf"(?:^|(?<=\n)){re.escape(name)}[ \t]*$", " ", plain.strip())
    pieces = [piece.strip() for piece in BREAKS.split(_without_pictures(plain)) if piece.strip()]
    return bool(pieces) and all(map(_says_nothing_more, pieces)) and any(map(_says_it, pieces))


def _without_pictures(text: str) -> str:
    """Without emoji, of which only the merry ones are forgotten: the others say something."""
    return re.sub(
        "[\u2764\u263a\ufe0f\U0001f44d\U0001f44c\U0001f389\U0001f600-\U0001f60a\U0001f64f\U0001f339\U0001f3fb-\U0001f3ff]",
        " ",
        text,
    )


def _says_nothing_more(piece: str) -> bool:
    """Thanks with what belongs to them, or a greeting; "help" alone is neither."""
    if HAN.search(piece):
        signs = "".join(piece.split())
        return _is_made_of(signs, WORDS if _says_it(piece) else GREETINGS, LONGEST_WORD)
    words = tuple(piece.split())
    return _is_made_of(words, PHRASES if _says_it(piece) else ENGLISH_GREETINGS, LONGEST_PHRASE)


def _is_made_of(whole: str | tuple[str, ...], parts: frozenset[str] | frozenset[tuple[str, ...]], longest: int) -> bool:
    """Whether the whole can be cut into known parts without a rest."""
    reached = {0}
    for end in range(1, len(whole) + 1):
        if any(start in reached and whole[start:end] in parts for start in range(max(0, end - longest), end)):
            reached.add(end)
    return len(whole) in reached


def _says_it(piece: str) -> bool:
    if HAN.search(piece):
        return any(word in piece for word in SAID)
    return any(f" {phrase} " in f" {' '.join(piece.split())} " for phrase in ENGLISH_SAID)
