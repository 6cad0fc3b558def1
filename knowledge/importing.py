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
from typing import Any
from urllib.parse import quote, unquote

import yaml
from django.utils.translation import gettext as _

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
# The target of a link or picture behind its words, with the title that may follow.
_LINK = re.compile(
    r"(?P<before>\]\()[ \t]*"
    r"(?:<(?P<angled>[^<>\n]*)>|(?P<bare>[^()<>\s]*(?:\([^()<>\s]*\)[^()<>\s]*)*))"
    r"(?P<after>(?:[ \t]+(?:\"[^\"\n]*\"|'[^'\n]*'|\([^()\n]*\)))?[ \t]*\))"
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
    """One file: the words in its language, and its front matter. `lines` says where a key of that stands; `body` is the
    Markdown behind it, which begins on line `first_line`."""

    path: str
    slug: str
    language: str
    words: dict[str, str]
    front: dict[str, Any]
    lines: dict[str, int]
    body: str = ""
    first_line: int = 1
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
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        file.complain("", _("The file isn't UTF-8."))
        return file
    front, found, body = text.removeprefix("---\n").partition("\n---\n")
    if not text.startswith("---\n") or not found:
        file.complain("", _("The file has to begin with front matter between two lines of “---”."))
        return file
    _read_front(file, front)
    title = file.front.get("title", "").strip()
    if not title and not file.problems:
        file.complain("title", _("The front matter names no title."))
    file.words = {"title": title, **_fields(body)}
    file.body, file.first_line = body, front.count("\n") + 4
    return file


def _read_front(file: ArticleFile, front: str) -> None:
    file.lines = {
        line.partition(":")[0].strip(): number for number, line in enumerate(front.split("\n"), 2) if ":" in line
    }
    if len(front) > LONGEST_FRONT:
        file.complain("", _("The front matter is too long."))
        return
    try:
        if any(isinstance(token, yaml.AliasToken | yaml.AnchorToken) for token in yaml.scan(front, yaml.SafeLoader)):
            file.complain("", _("The front matter must not use anchors."))
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


def _fields(text: str) -> dict[str, str]:
    """The Markdown by field."""
    parts: dict[str, list[str]] = {name: [] for name in FIELDS}
    current = "body"
    for line, is_code in _lines(text):
        is_heading = not is_code and re.match(r"## (?! )", line)
        if is_heading:
            current = _FIELD_OF.get(line[3:].strip().rstrip("#").strip().casefold(), "body")
            if current != "body":
                continue
        if not is_code and re.match(r"##  (?! )", line):
            line = f"## {line[4:]}"
        parts[current].append(line)
    return {name: "\n".join(lines).strip() for name, lines in parts.items()}


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

    return "\n".join(line if is_code else _LINK.sub(replaced, line) for line, is_code in _lines(text))
