"""What the sender of a mail wrote now, told from what is only quoted (M3.1-1). Pure.

The rules look at whole lines. A cut is made where the history begins: at our own marker line, at a separator such as
"原始邮件", at a block of mail headers, or at an attribution line ("… 写道："). History that is quoted with ">" is cut
only where no answer follows, so that answers between quoted lines are kept with what they answer. To lose new text
is worse than to keep too much: in doubt a line is new, and where nothing new is left, all is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tickets.intake.quoting_words import (
    BARE_SEPARATORS,
    CHINESE_LABEL,
    LABELS,
    MOBILE,
    OPENERS,
    SEPARATORS,
    WROTE_AT_END,
    WROTE_INSIDE,
)

# Nobody writes more by hand; what lies beyond is not searched for cuts, which bounds the time that a mail can take.
LINES_SEARCHED = 10_000
LINE_SEARCHED = 400
ATTRIBUTION_LINES = 6
BLOCK_LINES = 24
SIGNATURE_LINES = 12

RULE = "-_=*—–─━─﹣－＿＝~"
COLONS = (":", "：")
SENTENCE_ENDS = ("!", "?", "。", "！", "？", "；", *COLONS)


LONGEST_LABEL = 24
IN_BRACKETS = re.compile(r"<[^<>]*>")
ADDRESS_IN_BRACKETS = re.compile(r"[<\[(（][^<>\[\]()（]*@")
ADDRESS = re.compile(r"[^\s<>\[\]()\"'“”:;,，：]@[^\s<>\[\]()@]")
CLOCK = re.compile(r"\d ?[:.：hH点時时] ?\d\d")
YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)|\d[./-]\d{1,2}[./-]\d\d")

MOBILE_LENGTH = 60
MOBILE_WORDS = 9
SENTENCE_WORDS = frozenset(
    {"to", "and", "but", "is", "are", "was", "were", "not", "can", "has", "have", "does", "we", "i"}
)


@dataclass(frozen=True)
class Split:
    """A mail's text in two parts; every line that is not blank is in one of them."""

    new: str
    rest: str


def split(text: str, *, marker: str = "") -> Split:
    """Tell what the sender wrote now from quoted history and signature; `marker` is the line our own mails carry."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    start, end = _own_part(lines, marker.strip())
    new = _joined(lines[start:end])
    rest = _joined(lines[:start] + lines[end:])
    return Split(new, rest) if new and rest else Split(text.strip(), "")


def _own_part(lines: list[str], marker: str) -> tuple[int, int]:
    """The first line of what was written now, and the line after its last."""
    plain = [plain_line(line) for line in lines[:LINES_SEARCHED]]
    cut = _first_cut(plain, marker)
    found = cut is not None
    end = len(lines) if cut is None else cut
    if marker and not found:
        end = _marker_beyond(lines, marker)
        found = end < len(lines)
    end = _without_tail(lines, plain, end, found=found)
    return _without_head(plain, end), end


def _joined(lines: list[str]) -> str:
    return "\n".join(lines).strip()


def plain_line(line: str) -> str:
    """The line as the rules see it: no odd spaces or invisible signs, not longer than needed."""
    if len(line) > LINE_SEARCHED:
        line = line[:LINE_SEARCHED] + line[-40:]
    if "&" in line:
        line = line.replace("&nbsp;", " ").replace("&lt;", "<").replace("&gt;", ">")
    return line.replace("\xa0", " ").replace("\u200b", "").replace("\ufeff", "").strip()


def _is_quoted(line: str) -> bool:
    return line[:1] in (">", "＞")


def _marker_beyond(lines: list[str], marker: str) -> int:
    """Our marker is looked for in the whole mail."""
    return next((at for at in range(LINES_SEARCHED, len(lines)) if marker in lines[at]), len(lines))


def _first_cut(plain: list[str], marker: str) -> int | None:
    """Where history begins that needs no quote sign; None if there is no such place."""
    for at, line in enumerate(plain):
        if not line:
            continue
        if marker and marker in line:
            return at
        if _is_quoted(line) and not _ends_attribution(line):
            continue
        if _is_separator(line) or is_header_block(plain, at):
            return at
        begin = _attribution_start(plain, at)
        if begin is not None and not _quotes_follow(plain, at) and _is_certain(plain[begin : at + 1]):
            return begin
    return None


# --- separators and header blocks ---------------------------------------------------------------------------------


def _is_rule(line: str) -> bool:
    """A line of dashes and nothing else."""
    return len(line) >= 3 and not line.strip(RULE + " ")


def _is_separator(line: str) -> bool:
    """A line such as "------ 原始邮件 ------" or "Begin forwarded message:"."""
    if len(line) > 120:
        return False
    words = line.strip(RULE + ":： ").lower().replace(" ", "")
    if line[:1] in RULE and line[1:2] in RULE:
        return words in SEPARATORS
    return words in BARE_SEPARATORS and line.endswith(COLONS)


def header_kinds(line: str) -> set[str]:
    """Which mail headers the line holds; several where a client put the block on one line."""
    head = line.lstrip("*| ")
    for colon in COLONS:
        name, sign, _value = head[: LONGEST_LABEL + 1].partition(colon)
        kind = LABELS.get("".join(name.replace("*", "").split()).lower()) if sign else None
        if kind:
            return {kind} | {LABELS[match[1]] for match in CHINESE_LABEL.finditer(head)}
    return set()


def is_header_block(plain: list[str], at: int) -> bool:
    """Sender, date and at least one more header together, not announced by a sentence of the writer."""
    kinds = header_kinds(plain[at])
    if not kinds:
        return False
    found = _block_kinds(plain, at, kinds)
    if "time" in found and ADDRESS_IN_BRACKETS.search(plain[at]):
        found.add("date")  # a word that people write too, so only below an address as mail programs write it
    return _is_full_block(found) and not _is_announced(plain, at)


def _is_full_block(kinds: set[str]) -> bool:
    return {"from", "date"} <= kinds and len(kinds) >= 3


def _block_kinds(plain: list[str], at: int, kinds: set[str]) -> set[str]:
    """The headers of the block that begins here, over blank lines and wrapped lists of addresses."""
    found = set(kinds)
    last = kinds
    gap = 0
    for line in plain[at + 1 : at + BLOCK_LINES]:
        here = set() if _is_quoted(line) else header_kinds(line)
        if here:
            found |= here
            last = here
            gap = 0
            continue
        gap += 1
        wraps = last & {"to", "cc"} and gap <= 4 and line
        blank = not line and gap <= 1 and "from" in found
        if not (wraps or blank):
            break
    return found


def _is_announced(plain: list[str], at: int) -> bool:
    """The writer points at the block ("可疑邮件如下："): it belongs to what he says."""
    before = next((line for line in reversed(plain[max(0, at - 4) : at]) if line), "")
    return before.endswith(COLONS) and not _is_separator(before) and not header_kinds(before)


# --- attribution lines --------------------------------------------------------------------------------------------


def _ends_attribution(line: str) -> bool:
    """Only the verb is left on the line: the end of an attribution that was wrapped before a ">"."""
    return len(line) < 30 and line.lstrip(">＞ ").rstrip(":： ").lower() in WROTE_AT_END


def _attribution_start(plain: list[str], end: int) -> int | None:
    """The first line of the attribution that ends on this line, or None."""
    if not plain[end].rstrip("-— ").endswith(COLONS) and not plain[end].lower().rstrip("-—:： ").endswith(WROTE_AT_END):
        return None
    text = ""
    for at in range(end, max(-1, end - ATTRIBUTION_LINES - 1), -1):
        line = plain[at]
        if at < end and not _may_be_wrapped(line, plain[at + 1]):
            return None
        text = f"{line} {text}".strip()
        if line and not _is_quoted(line) and _is_attribution(text):
            return _with_opening(plain, at, text)
    return None


def _may_be_wrapped(line: str, following: str) -> bool:
    """Whether an attribution can go on from this line to the next one."""
    if not line:
        return following[:1] in ("<", ">") or following.startswith("mailto:")
    if _is_quoted(line) or line.endswith(SENTENCE_ENDS):
        return following[:1] == ">" and not line.endswith(SENTENCE_ENDS)
    last_word = line.rsplit(" ", 1)[-1]
    return not following or not (last_word.endswith(".") and len(last_word) > 5)


def _is_attribution(text: str) -> bool:
    """Somebody wrote something at some time: a date, and a verb or an address where it must stand."""
    low = text.strip(RULE + " ").lower()
    if len(text) > LINE_SEARCHED or not (low.endswith(COLONS) or text.endswith("--")):
        return False
    outside = IN_BRACKETS.sub(" ", low)
    has_clock = bool(CLOCK.search(outside))
    if not (has_clock or YEAR.search(outside)):
        return False
    stem = low.rstrip(":： ")
    if stem.endswith(WROTE_AT_END):
        return True
    if not ADDRESS.search(low):
        return False
    if any(word in low for word in WROTE_INSIDE):
        return True
    return has_clock and low[:1].isdigit() and stem.endswith((">", "]", ")"))


def _with_opening(plain: list[str], at: int, text: str) -> int:
    """The line above too where the client broke the attribution inside its date."""
    if at == 0 or text.lower().startswith(OPENERS):
        return at
    above = plain[at - 1]
    if len(above) > 120 or _is_quoted(above) or above.endswith(SENTENCE_ENDS):
        return at
    opens = above.lower().startswith(OPENERS) and above.endswith((",", "，"))
    names = not ADDRESS.search(text) and ADDRESS.search(above) and YEAR.search(IN_BRACKETS.sub(" ", above))
    return at - 1 if opens or names else at


def _quotes_follow(plain: list[str], at: int) -> bool:
    after = next((line for line in plain[at + 1 : at + 6] if line), "")
    return _is_quoted(after)


def _is_certain(lines: list[str]) -> bool:
    """History without quote signs is believed only after an attribution with an address as mail programs write it."""
    return bool(ADDRESS_IN_BRACKETS.search(" ".join(lines)))


# --- the two ends of what is left ---------------------------------------------------------------------------------


def _without_tail(lines: list[str], plain: list[str], end: int, *, found: bool) -> int:
    """Take quoted lines, their attribution, rules and signatures from the end, as often as one is there."""
    while True:
        shorter = _without_blank(lines, end)
        cut = _without_history(lines, plain, shorter, found=found)
        found = found or cut < shorter
        cut = _without_signature(plain, cut)
        if cut == shorter:
            return cut
        end = cut


def _without_blank(lines: list[str], end: int) -> int:
    while end > 0 and not lines[end - 1].strip():
        end -= 1
    return end


def _without_history(lines: list[str], plain: list[str], end: int, *, found: bool) -> int:
    """Quoted lines at the end, and what stands above history: its attribution, a line of dashes."""
    cut = end
    while cut > 0 and (_is_quoted(lines[cut - 1].lstrip()) or not lines[cut - 1].strip()):
        cut -= 1
    is_history = found or cut < end
    cut = _without_blank(lines, cut)
    if not is_history or not 0 < cut <= len(plain):
        return cut
    if _is_rule(plain[cut - 1]) or _is_separator(plain[cut - 1]):
        return cut - 1
    begin = _attribution_start(plain, cut - 1)
    if begin is not None:
        return begin
    shows_something = not found and plain[cut - 1].endswith(COLONS)
    return end if shows_something else cut


def _without_signature(plain: list[str], end: int) -> int:
    """The short block after a line of two dashes, or the one line that a telephone adds."""
    if end > len(plain) or end == 0:
        return end
    filled = 0
    for at in range(end - 1, -1, -1):
        if plain[at] == "--":
            return at
        if _is_quoted(plain[at]):
            break
        filled += bool(plain[at])
        if filled > SIGNATURE_LINES:
            break
    last = _without_blank(plain, end)
    return last - 1 if last and _is_mobile(plain[last - 1]) else end


def _is_mobile(line: str) -> bool:
    """ "Sent from my iPhone", "发自我的iPhone": no sentence, and only a few words."""
    words = line.strip(RULE + " <>").lower()
    if len(words.split("<")[0]) > MOBILE_LENGTH or len(words.split()) > MOBILE_WORDS:
        return False
    if SENTENCE_WORDS & set(words.split()):
        return False
    return bool(MOBILE.match(words.split("<")[0].strip())) and not words.endswith(
        (".", "!", "?", "。", "！", "？", "，")
    )


def _without_head(plain: list[str], end: int) -> int:
    """An answer under one whole quoted mail: the attribution and its quoted lines above it are history."""
    first = next((at for at, line in enumerate(plain[:end]) if line), end)
    close = next((at for at in range(first, min(first + 4, end)) if _attribution_start(plain, at) == first), None)
    if close is None or not _quotes_follow(plain, close):
        return 0
    at = close + 1
    while at < min(end, len(plain)) and (not plain[at] or _is_quoted(plain[at])):
        at += 1
    more = any(_is_quoted(line) for line in plain[at:end])
    return 0 if more or at >= end else at
