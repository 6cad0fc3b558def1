"""What may stand in the fields of an asset: one check for form, API and import. Asks no database.

`clean_details` takes what people wrote and gives what is stored: tags in upper case, addresses in one spelling.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from assets.attributes import Definition, clean_attributes
from assets.models.asset import TEXT_LENGTH
from helpdesk.common.errors import InvalidInput
from helpdesk.common.text import clean_text
from helpdesk.common.unicode_forms import normal_form

TEXTS = {
    "name": 120,
    "manufacturer": 80,
    "model": 120,
    "serial": 80,
    "location": 120,
    "order_number": 80,
    "price": 60,
}
DATES = ("warranty_until_on", "purchased_on")
ROWS = ("type", "department", "vendor", "contract")  # rows of other tables, given as such
FIELDS = ("tag", *TEXTS, "hostname", "ip", "mac", "notes", *DATES, *ROWS, "attributes")
LONGEST_TAG = 40
_TAG = re.compile(r"[^\W_](?:[\w.-]*[^\W_])?")
_HOSTNAME = re.compile(r"[^\W_](?:[\w.-]*[^\W_])?")
_MAC_PARTS = re.compile(r"[\s:.-]")
_MAC = re.compile(r"[0-9A-F]{12}")


def normal_tag(text: str) -> str:
    """The one spelling of a tag: half width, upper case, no blanks around."""
    return normal_form("NFKC", text).strip().upper()


def clean_tag(text: str) -> str:
    """The tag as it is stored. Raises InvalidInput for `tag`."""
    tag = normal_tag(clean_text(str(text), field="tag", max_length=LONGEST_TAG, multiline=False))
    if not tag:
        raise InvalidInput(fields={"tag": [_("Give the asset a tag.")]})
    if not _TAG.fullmatch(tag) or len(tag) > LONGEST_TAG:
        message = _(
            "A tag has letters, digits, hyphens, dots and underscores, at most %(limit)d of them, and begins and ends with a letter or digit."
        )
        raise InvalidInput(fields={"tag": [message % {"limit": LONGEST_TAG}]})
    return tag


def clean_ip(text: str) -> str | None:
    """An IPv4 or IPv6 address in its short spelling. Raises InvalidInput for `ip`."""
    given = normal_form("NFKC", str(text)).strip()
    if not given:
        return None
    try:
        # An address of a single link (fe80::1%eth0) names nothing outside the device itself.
        if "%" in given:
            raise ValueError(given)
        return str(ipaddress.ip_address(given))
    except ValueError:
        message = _("“%(value)s” is not an IP address such as 10.20.1.15.") % {"value": given[:60]}
        raise InvalidInput(fields={"ip": [message]}) from None


def clean_mac(text: str) -> str:
    """Six pairs with colons, from any usual spelling. Raises InvalidInput for `mac`."""
    given = normal_form("NFKC", str(text)).strip()
    digits = _MAC_PARTS.sub("", given).upper()
    if not digits:
        return ""
    if not _MAC.fullmatch(digits):
        message = _("“%(value)s” is not a MAC address such as 3C:52:82:1A:0B:9F.") % {"value": given[:60]}
        raise InvalidInput(fields={"mac": [message]})
    return ":".join(digits[at : at + 2] for at in range(0, 12, 2))


def clean_hostname(text: str) -> str:
    """A computer name in one word. Raises InvalidInput for `hostname`."""
    given = clean_text(str(text), field="hostname", max_length=120, multiline=False)
    if given and not _HOSTNAME.fullmatch(given):
        raise InvalidInput(
            fields={"hostname": [_("A computer name is one word of letters, digits, hyphens, dots and underscores.")]}
        )
    return given


def clean_details(fields: Mapping[str, Any], *, definitions: Iterable[Definition] | None) -> dict[str, Any]:
    """The given fields as they are stored; those that aren't given are left out.

    `definitions` are the attributes of the asset's type; None where `attributes` can't be given. Raises InvalidInput with
    the sentences of every field that is wrong.
    """
    errors: dict[str, list[str]] = {name: [_("There is no such field.")] for name in fields if name not in FIELDS}
    found: dict[str, Any] = {name: fields[name] for name in ROWS if name in fields}
    readers = {"tag": clean_tag, "ip": clean_ip, "mac": clean_mac, "hostname": clean_hostname}
    for name, value in fields.items():
        try:
            if name in readers:
                found[name] = readers[name]("" if value is None else value)
            elif name in TEXTS:
                found[name] = clean_text(str(value or ""), field=name, max_length=TEXTS[name], multiline=False)
            elif name == "notes":
                found[name] = clean_text(str(value or ""), field=name, max_length=TEXT_LENGTH)
            elif name in DATES:
                found[name] = _day(name, value)
            elif name == "attributes" and definitions is not None:
                found[name] = clean_attributes(definitions, value or {})
        except InvalidInput as refusal:
            errors.update(refusal.sentences())
    contract, vendor = fields.get("contract"), fields.get("vendor")
    if contract is not None and vendor is not None and contract.vendor_id != vendor.pk:
        errors["contract"] = [_("This contract is with another vendor.")]
    if errors:
        raise InvalidInput(fields=errors)
    return found


def _day(name: str, value: Any) -> date | None:
    if value in (None, ""):
        return None
    try:
        return value if isinstance(value, date) else date.fromisoformat(str(value))
    except ValueError:
        raise InvalidInput(fields={name: [_("Write the date as 2026-03-02.")]}) from None
