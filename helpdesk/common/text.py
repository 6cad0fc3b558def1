"""What text may enter the system: one rule for forms, API, mail and files."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

from helpdesk.common.errors import InvalidInput
from helpdesk.common.unicode_forms import normal_form

_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]")
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def refuse_broken_text(value: str, *, field: str) -> None:
    """Refuse what a database can't store: NUL characters and lone surrogates.

    Raises InvalidInput naming `field`.
    """
    if "\x00" in value or _SURROGATE.search(value):
        raise InvalidInput(
            fields={field: [_("The text contains characters that can't be stored. Please type it again.")]}
        )


def clean_text(value: str, *, field: str, max_length: int, multiline: bool = True) -> str:
    """The text as it is stored: control characters gone, line ends `\\n`, NFC, edges stripped.

    Raises InvalidInput naming `field` when it is unstorable or longer than `max_length` characters.
    """
    refuse_broken_text(value, field=field)
    text = value.replace("\r\n", "\n").replace("\r", "\n")
    text = normal_form("NFC", _CONTROL.sub("", text)).strip()
    if not multiline:
        text = re.sub(r"\s+", " ", text)
    if len(text) > max_length:
        message = _("Please use at most %(limit)d characters (now %(length)d).") % {
            "limit": max_length,
            "length": len(text),
        }
        raise InvalidInput(fields={field: [message]})
    return text


def storable(value: str) -> str:
    """The text without what a database can't store, for what other systems say and nobody can be asked to mend."""
    return _SURROGATE.sub("\ufffd", value).replace("\x00", "\ufffd")


def visible(value: str) -> str:
    """The text with invisible and direction-changing characters shown as `U+XXXX`, for file names and addresses."""
    return _INVISIBLE.sub(lambda match: f"[U+{ord(match[0]):04X}]", _CONTROL.sub("", value))


_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
_HAN_BESIDE_LATIN = re.compile(rf"(?<=[{_HAN}])(?=[A-Za-z])|(?<=[A-Za-z])(?=[{_HAN}])")


def set_apart(sentence: str) -> str:
    """The sentence with a space between Han and Latin letters, as names in the other script need one (ux 3.9).

    Digits stay as they are: dates such as 11月26日 have none.
    """
    return _HAN_BESIDE_LATIN.sub(" ", sentence)
