"""Folders of Markdown files, and what the tests of import and export do with them."""

from __future__ import annotations

import io
import zipfile

import pytest

from helpdesk.common.errors import InvalidInput
from knowledge.models import Article
from knowledge.services.exchange import import_articles
from tests.knowledge.acts import PNG, at

ZH_FILE = """---
title: 打印机脱机
topics: [打印与会议设备]
audience: public
applies_to: [HP M404]
owner: agent
review_on: 2027-06-01
---

## 现象

图标是灰色的。

## 解决方法

1. 打开设置
2. 取消“脱机使用”

![设置](files/settings.png)
"""
EN_FILE = """---
title: Printer is offline
---

Ask the desk when two printers have the same name.

## Symptom

The icon is grey.

## Solution

1. Open the settings
2. Clear "Use offline"
"""
FILES = {
    "printer.zh.md": ZH_FILE.encode(),
    "printer.en.md": EN_FILE.encode(),
    "files/settings.png": PNG,
    "README.md": b"not an article",
}
BESIDE = {"one.txt": b"one", "p.png": PNG, "code.txt": b"two"}


def load(cast, files, **more):
    return import_articles(files=files, actor=cast.admin, at=at(), **more)


def refused(cast, files) -> list[str]:
    with pytest.raises(InvalidInput) as error:
        load(cast, files)
    assert not Article.objects.exists()
    return [str(text) for text in error.value.fields["archive"]]


def zipped(**entries: bytes) -> io.BytesIO:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    target.seek(0)
    return target


def text_file(title: str = "T", front: str = "", body: str = "x") -> bytes:
    return f"---\ntitle: {title}\n{front}---\n\n{body}\n".encode()


def objections(cast, files, **more) -> list[str]:
    """What an import says that is refused."""
    with pytest.raises(InvalidInput) as error:
        load(cast, files, **more)
    return [str(text) for text in error.value.fields["archive"]]
