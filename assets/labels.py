"""The code on a label: a QR code as SVG with the address that leads to the asset."""

from __future__ import annotations

from io import BytesIO

import segno
from django.conf import settings
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from assets.models import Asset


def address_of(asset: Asset) -> str:
    """The address that the code leads to."""
    return str(settings.SITE_URL) + reverse("scanned", args=[asset.tag])


def code_of(asset: Asset) -> SafeString:
    """The drawing, as large as what it stands in. Error correction M: labels get scratched."""
    drawing = BytesIO()
    segno.make(address_of(asset), error="m", micro=False).save(
        drawing,
        kind="svg",
        border=2,
        xmldecl=False,
        svgns=True,
        omitsize=True,
        svgclass="qr",
        lineclass=None,
        light="#fff",
    )
    # The library draws; nothing that somebody typed stands in it but as black squares.
    return mark_safe(drawing.getvalue().decode())
