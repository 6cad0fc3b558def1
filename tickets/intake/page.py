"""A mail's HTML as a page for a frame in which nothing runs and nothing is fetched. Pure."""

from __future__ import annotations

import re
from base64 import b64encode
from html import escape

from tickets.intake.reading import Letter

STYLE = "body{margin:12px;font:15px/1.6 system-ui,sans-serif;color:#1c2432;background:#fff;overflow-wrap:anywhere}img{max-width:100%}"
PICTURE = re.compile(r'src="cid:([^"]{1,300})"')
PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp"})
MOST_BYTES = 8 * 1024 * 1024  # of all pictures together


def page_of(letter: Letter) -> str:
    """The whole document; pictures that came with the mail stand in it, others nowhere."""
    left = MOST_BYTES

    def shown(match: re.Match[str]) -> str:
        nonlocal left
        file = next((file for file in letter.files if escape(file.content_id) == match[1]), None)
        if file is None or file.content_type not in PICTURES or len(file.content) > left:
            return 'src=""'
        left -= len(file.content)
        return f'src="data:{file.content_type};base64,{b64encode(file.content).decode("ascii")}"'

    body = PICTURE.sub(shown, letter.html) if letter.html else f"<pre>{escape(letter.text)}</pre>"
    return f'<!doctype html><html><head><meta charset="utf-8"><title>Mail</title><style>{STYLE}</style></head><body dir="auto">{body}</body></html>'
