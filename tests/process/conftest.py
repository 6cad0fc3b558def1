from __future__ import annotations

from tests.api.conftest import api  # noqa: F401
from tests.portal.conftest import browse  # noqa: F401
