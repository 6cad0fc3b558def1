from tests.api.conftest import api
from tests.notifications.conftest import sink

__all__ = ["api", "sink"]
