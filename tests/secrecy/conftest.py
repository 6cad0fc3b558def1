from __future__ import annotations

from tests.api.conftest import api
from tests.desk.conftest import as_user
from tests.notifications.conftest import make_server, server

__all__ = ["api", "as_user", "make_server", "server"]
