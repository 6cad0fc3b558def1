"""Articles as Markdown files: what a file means, and how one is written. No database.

`<slug>.zh.md` and `<slug>.en.md` hold one language each: YAML front matter, then Markdown, in which the headings of
`HEADINGS` part the fields. What stands before them or under other headings is the body. Headings of the second level
inside a field are written with two blanks, so that reading gives back what was written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any
from urllib.parse import quote, unquote

import yaml
from django.utils.translation import gettext as _

from helpdesk.common.text import storable
from knowledge.choices import EN, FIELDS, ZH

NAME = re.compile(r"(?:.*/)?(?P<slug>[A-Za-z0-9][A-Za-z0-9_-]{0,79})\.(?P<language>zh|en)\.md")
LANGUAGE = {"zh": ZH, "en": EN}
HEADINGS = {
    ZH: {"symptom": "现象", "cause": "原因", "solution": "解决方法", "advice": "建议"},
    EN: {"symptom": "Symptom", "cause": "Cause", "solution": "Solution", "advice": "Advice"},
}
_FIELD_OF = {heading.casefold(): name for names in HEADINGS.values() for name, heading in names.items()}
LISTS = ("topics", "applies_to", "files")
KEYS = ("title", "topics", "audience", "team", "applies_to", "owner", "review_on", "files")
LONGEST_FRONT = 8_000  # characters
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
# The target of a link or picture behind its words, with the title that may follow; and behind the label of a reference.
_TARGETS = (
    re.compile(
        r"(?P<before>\]\()[ \t]*"
        r"(?:<(?P<angled>[^<>\n]*)>|(?P<bare>[^()<>\s]*(?:\([^()<>\s]*\)[^()<>\s]*)*))"
        r"(?P<after>(?:[ \t]+(?:\"[^\"\n]*\"|'[^'\n]*'|\([^()\n]*\)))?[ \t]*\))"
    ),
    re.compile(
        r"^(?P<before>[ \t>]*\[(?:\\.|[^\]\\\n])+\]:[ \t]*(?:\n[ \t>]*)?)"
        r"(?:<(?P<angled>[^<>\n]*)>|(?P<bare>[^<>\s]+))(?P<after>)",
        re.MULTILINE,
    ),
)


@dataclass(frozen=True)
class Problem:
    """Something wrong in a file, on a line of it (from 1)."""

    path: str
    line: int
    sentence: str

    def __str__(self) -> str:
        return _("%(path)s, line %(line)d: %(sentence)s") % {
            "path": self.path,
            "line": self.line,
            "sentence": self.sentence,
        }


@dataclass
class ArticleFile:
    """One file: the words in its language, and its front matter. `lines` says where a key of that stands, `places` where each
    line of a field does."""

    path: str
    slug: str
    language: str
    words: dict[str, str]
    front: dict[str, Any]
    lines: dict[str, int]
    places: dict[str, list[int]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def complain(self, key: str, sentence: str) -> None:
        self.complain_at(self.lines.get(key, 1), sentence)

    def complain_at(self, line: int, sentence: str) -> None:
        self.problems.append(Problem(self.path, line, sentence))


def read_file(path: str, content: bytes) -> ArticleFile:
    """What the file says, with what is wrong in it. Its name has to fit `NAME`."""
    name = NAME.fullmatch(path)
    assert name is not None
    file = ArticleFile(path, name["slug"].lower(), LANGUAGE[name["language"]], {}, {}, {})
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError:
        file.complain("", _("The file isn't UTF-8."))
        return file
    front, found, body = text.removeprefix("---\n").partition("\n---\n")
    if not text.startswith("---\n") or not found:
        file.complain("", _("The file has to begin with front matter between two lines of “---”."))
        return file
    _read_front(file, front)
    file.words["title"] = file.front.get("title", "").strip()
    _read_fields(file, body, front.count("\n") + 4)
    return file


def _read_front(file: ArticleFile, front: str) -> None:
    file.lines = {
        line.partition(":")[0].strip(): number for number, line in enumerate(front.split("\n"), 2) if ":" in line
    }
    if len(front) > LONGEST_FRONT:
        file.complain("", _("The front matter is too long."))
        return
    try:
        if _is_hostile(file, front):
            return
        # Every value as the text that it is: what a number or a tag would become is not this file's to say.
        read = yaml.load(front, yaml.BaseLoader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 2 if mark is not None else 1
        file.complain_at(line, _("The front matter isn't valid YAML."))
        return
    if not isinstance(read, dict):
        file.complain("", _("The front matter has to be a list of names and values."))
        return
    for key, value in read.items():
        if key not in KEYS:
            file.complain(
                key, _("“%(key)s” isn't known here. Known: %(keys)s.") % {"key": key, "keys": ", ".join(KEYS)}
            )
        elif value != "":
            _read_value(file, key, value)
    if not str(read.get("title", "")).strip():
        file.complain("title", _("The front matter names no title."))


def _is_hostile(file: ArticleFile, front: str) -> bool:
    """Whether there are anchors, or escapes such as `"\\0"` for what no database stores. Raises YAMLError."""
    for token in yaml.scan(front, yaml.SafeLoader):
        line = token.start_mark.line + 2
        if isinstance(token, yaml.AliasToken | yaml.AnchorToken):
            file.complain_at(line, _("The front matter must not use anchors."))
            return True
        if isinstance(token, yaml.ScalarToken) and storable(token.value) != token.value:
            file.complain_at(line, _("The text contains characters that can't be stored. Please type it again."))
            return True
    return False


def _read_value(file: ArticleFile, key: str, value: Any) -> None:
    if key in LISTS:
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            file.front[key] = value
        else:
            file.complain(key, _("“%(key)s” has to be a list.") % {"key": key})
    elif not isinstance(value, str):
        file.complain(key, _("“%(key)s” has to be a text.") % {"key": key})
    elif key == "review_on":
        try:
            file.front[key] = date.fromisoformat(value if _DAY.fullmatch(value) else "")
        except ValueError:
            file.complain(key, _("Write a date like 2026-03-02."))
    else:
        file.front[key] = value


def _read_fields(file: ArticleFile, text: str, first_line: int) -> None:
    """The Markdown by field."""
    parts: dict[str, list[str]] = {name: [] for name in FIELDS}
    places: dict[str, list[int]] = {name: [] for name in FIELDS}
    current = "body"
    for number, (line, is_code) in enumerate(_lines(text), first_line):
        is_heading = not is_code and re.match(r"## (?! )", line)
        if is_heading:
            current = _FIELD_OF.get(line[3:].strip().rstrip("#").strip().casefold(), "body")
            if current != "body":
                continue
        if not is_code and re.match(r"##  (?! )", line):
            line = f"## {line[4:]}"
        parts[current].append(line)
        places[current].append(number)
    for name, lines in parts.items():
        whole = "\n".join(lines)
        file.words[name] = whole.strip()
        file.places[name] = places[name][whole[: len(whole) - len(whole.lstrip())].count("\n") :]


def _lines(text: str) -> Iterator[tuple[str, bool]]:
    """Each line, and whether it stands in a block of code."""
    fence = ""
    for line in text.split("\n"):
        mark = re.match(r" {0,3}(`{3,}|~{3,})", line)
        if fence:
            yield line, True
            if mark and mark[1].startswith(fence) and line.strip() == mark[1]:
                fence = ""
        else:
            fence = mark[1] if mark else ""
            yield line, bool(mark)


def write_file(language: str, front: Mapping[str, Any], words: Mapping[str, str]) -> str:
    """The text of one file, which `read_file` reads back."""
    head = yaml.safe_dump(dict(front), allow_unicode=True, sort_keys=False, width=1000)
    parts = [_marked(words["body"])] if words.get("body") else []
    parts += [
        f"## {heading}\n\n{_marked(words[name])}" for name, heading in HEADINGS[language].items() if words.get(name)
    ]
    return f"---\n{head}---\n\n" + "\n\n".join(parts) + "\n"


def _marked(text: str) -> str:
    lines = [f"##  {line[3:]}" if not is_code and line.startswith("## ") else line for line, is_code in _lines(text)]
    return "\n".join(lines)


def relink(text: str, targets: Mapping[str, str]) -> str:
    """The text with these targets of links replaced."""

    def replaced(match: re.Match[str]) -> str:
        written = match["bare"] if match["angled"] is None else match["angled"]
        target = targets.get(unquote(written))
        return match[0] if target is None else f"{match['before']}{quote(target, safe='/')}{match['after']}"

    parts = []
    for is_code, lines in groupby(_lines(text), key=itemgetter(1)):
        part = "\n".join(line for line, _is_code in lines)
        for shape in () if is_code else _TARGETS:
            part = shape.sub(replaced, part)
        parts.append(part)
    return "\n".join(parts)
