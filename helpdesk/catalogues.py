"""The translation catalogues: extracting, compiling and checking them without gettext's programs.

Message ids are English. `locale/<locale>/LC_MESSAGES/django.po` is committed, the `.mo` beside it is built.
The English catalogue is needed although it repeats the ids: without it Django falls back to the site's
default language, Chinese.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

SOURCE_LOCALE = "en"
LOCALES = ("en", "zh_Hans")
SOURCES = ("helpdesk", "tickets", "notifications", "escalation", "knowledge", "assets")
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
PLACEHOLDER = re.compile(r"%\((\w+)\)[#0\- +]*\d*(?:\.\d+)?[a-zA-Z]|\{(\w*)[^{}]*\}")
HAN = re.compile(r"[\u3400-\u9fff]")
# One date for ever: a header that changes with every extraction would make every diff noisy.
HEADER_DATE = datetime(2026, 1, 1, tzinfo=UTC)
Key = tuple[str, str | None]


def catalogue_path(root: Path, locale: str) -> Path:
    return root / "locale" / locale / "LC_MESSAGES" / "django.po"


def extract_template(root: Path) -> Catalog:
    """Every message of the Python sources and the templates, with the files (no lines) it comes from."""
    template = _new_catalogue(None)
    for path in _source_files(root):
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".html" or path.suffix == ".txt":
            # templatize leaves only gettext calls and placeholder letters; indentation means nothing there.
            text = "\n".join(line.lstrip() for line in templatize(text, origin=str(path)).splitlines())
        name = path.relative_to(root).as_posix()
        found = extract("python", BytesIO(text.encode()), keywords=KEYWORDS, comment_tags=("Translators:",))
        for line, message, comments, context in found:
            template.add(message, None, [(name, line)], auto_comments=comments, context=context)
    return template


def update(root: Path) -> dict[str, int]:
    """Bring both catalogues up to date. Returns how many messages still lack a translation, per locale."""
    template = extract_template(root)
    missing = {}
    for locale in LOCALES:
        path = catalogue_path(root, locale)
        catalogue = _read(path, locale)
        # update() takes the template's own message objects in; each locale needs its own.
        catalogue.update(deepcopy(template), no_fuzzy_matching=True, update_creation_date=False)
        catalogue.obsolete.clear()
        if locale == SOURCE_LOCALE:
            _repeat_ids(catalogue)
        _freeze_header(catalogue)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, catalogue, width=110, sort_output=True, include_lineno=False, ignore_obsolete=True)
        missing[locale] = sum(1 for message in _messages(catalogue) if not _is_translated(message))
    return missing


def compile_all(root: Path) -> int:
    """Write the `.mo` files that are older than their `.po`. Returns how many were written."""
    written = 0
    for locale in LOCALES:
        path = catalogue_path(root, locale)
        target = path.with_suffix(".mo")
        if not path.exists() or (target.exists() and target.stat().st_mtime >= path.stat().st_mtime):
            continue
        unfinished = target.with_suffix(".part")
        with unfinished.open("wb") as file:
            write_mo(file, _read(path, locale))
        unfinished.replace(target)
        written += 1
    return written


def find_faults(root: Path) -> list[str]:
    """What is wrong with the catalogues, one sentence each; empty when all is well."""
    template = extract_template(root)
    wanted = {_key(message): message for message in _messages(template)}
    faults = [f"{_name(key)}: the message id is not English" for key in wanted if HAN.search(key[0])]
    for locale in LOCALES:
        present = {_key(message): message for message in _messages(_read(catalogue_path(root, locale), locale))}
        faults += [f"{locale}: {_name(key)}: missing" for key in wanted.keys() - present.keys()]
        faults += [f"{locale}: {_name(key)}: no longer used" for key in present.keys() - wanted.keys()]
        for key in wanted.keys() & present.keys():
            faults += [f"{locale}: {_name(key)}: {fault}" for fault in _message_faults(present[key], wanted[key])]
    return sorted(faults)


def _message_faults(message: Message, wanted: Message) -> Iterator[str]:
    if message.fuzzy:
        yield "marked fuzzy"
    if not _is_translated(message):
        yield "not translated"
        return
    if message.pluralizable != wanted.pluralizable:
        yield "plural forms differ from the source"
        return
    ids = _texts(wanted.id)
    forms = _texts(message.string)
    allowed = set().union(*(_placeholders(text) for text in ids))
    needed = _placeholders(ids[-1])
    for number, form in enumerate(forms):
        used = _placeholders(form)
        # "One ticket" may leave the number out where another form shows it.
        is_singular_form = len(forms) > 1 and number == 0
        if used - allowed or (needed - used and not is_singular_form):
            yield f"placeholders {sorted(used)} instead of {sorted(needed)}"


def _source_files(root: Path) -> Iterator[Path]:
    for folder in SOURCES:
        yield from sorted(path for path in (root / folder).rglob("*.py") if "migrations" not in path.parts)
    for pattern in ("*.html", "*.txt"):
        yield from sorted((root / "templates").rglob(pattern))


def _new_catalogue(locale: str | None) -> Catalog:
    return Catalog(
        locale=locale,
        project="helpdesk",
        charset="utf-8",
        fuzzy=False,
        header_comment="",
        creation_date=HEADER_DATE,
        revision_date=HEADER_DATE,
    )


def _read(path: Path, locale: str) -> Catalog:
    if not path.exists():
        return _new_catalogue(locale)
    with path.open("rb") as file:
        return read_po(file, locale=locale, abort_invalid=True)


def _freeze_header(catalogue: Catalog) -> None:
    catalogue.project = "helpdesk"
    catalogue.version = "1"
    catalogue.header_comment = ""
    catalogue.creation_date = catalogue.revision_date = HEADER_DATE
    catalogue.last_translator = catalogue.language_team = "the project"
    catalogue.msgid_bugs_address = ""
    catalogue.fuzzy = False


def _repeat_ids(catalogue: Catalog) -> None:
    for message in _messages(catalogue):
        if not _is_translated(message):
            message.string = message.id
        message.flags.discard("fuzzy")


def _messages(catalogue: Catalog) -> Iterator[Message]:
    return (message for message in catalogue if message.id)


def _is_translated(message: Message) -> bool:
    return all(_texts(message.string))


def _texts(value: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    """All forms of an id or a translation; None is what Babel gives a message that never had one."""
    if isinstance(value, str):
        return (value,)
    return tuple(value or ("",))


def _key(message: Message) -> Key:
    return _texts(message.id)[0], message.context


def _name(key: Key) -> str:
    return f"{key[0]!r} ({key[1]})" if key[1] else repr(key[0])


def _placeholders(text: str) -> set[str]:
    return {match[1] or match[2] or match[0] for match in PLACEHOLDER.finditer(text)}
