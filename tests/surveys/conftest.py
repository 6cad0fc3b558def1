from __future__ import annotations

from typing import Any

import pytest

from tests.api.conftest import api  # noqa: F401
from tests.notifications.conftest import sink  # noqa: F401
from tests.portal.conftest import browse  # noqa: F401


@pytest.fixture(autouse=True)
def _files_of_this_test(settings: Any, tmp_path: Any) -> None:
    settings.FILES_DIR = tmp_path / "files"
