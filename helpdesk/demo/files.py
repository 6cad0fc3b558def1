"""Attachments of the demo tickets, made on the spot: small pictures, logs, tables, a mail, a PDF."""

from __future__ import annotations

from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

NAMES = {
    "projector.png": "投影仪照片.png",
    "expense.png": "我的单据截图.png",
    "white.png": "白屏截图.png",
    "smart.png": "开机提示.png",
    "freeze.png": "frozen picture.png",
    "sign.png": "signing window.png",
    "names.csv": "入职名单.csv",
    "export.csv": "export.csv",
    "approval.txt": "主管批准邮件.txt",
    "vpn.log": "vpn.log",
    "console.log": "console.log",
    "mail.eml": "可疑邮件.eml",
    "scan.pdf": "合同扫描件.pdf",
}
_TEXTS = {
    "csv": "name,department,start\nLi Na,Finance,2026-12-01\nZhang Wei,Sales,2026-12-01\nAna Costa,Design,2026-12-01\n",
    "txt": "同意安装，费用由项目承担。\n",
    "log": "09:21:04 tunnel down: rekey timeout\n09:21:09 reconnect\n09:33:17 tunnel down: rekey timeout\n",
    "eml": "From: IT <it@mail.example>\nTo: requester@example.com\nSubject: Your mailbox closes\n\nVerify now.\n",
}
_PDF = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj
trailer<</Root 1 0 R>>
%%EOF
"""


def make(code: str) -> SimpleUploadedFile:
    """The demo file with this code, as if it had just been uploaded."""
    extension = code.rpartition(".")[2]
    if extension == "png":
        content = _picture(code)
    elif extension == "pdf":
        content = _PDF
    else:
        content = _TEXTS[extension].encode()
    return SimpleUploadedFile(NAMES[code], content)


def _picture(code: str) -> bytes:
    """A plain window with a title bar; each code has its own shade."""
    shade = sum(code.encode()) % 60
    picture = Image.new("RGB", (960, 600), (236, 239, 244))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((60, 50, 900, 550), fill=(255, 255, 255), outline=(190, 197, 208), width=2)
    draw.rectangle((60, 50, 900, 92), fill=(40 + shade, 86, 160 + shade))
    draw.rectangle((360, 250, 600, 350), fill=(253, 227, 225), outline=(192, 37, 29), width=3)
    draw.text((390, 292), code.upper(), fill=(120, 20, 16))
    stream = BytesIO()
    picture.save(stream, "PNG")
    return stream.getvalue()
