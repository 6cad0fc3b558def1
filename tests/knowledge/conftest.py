from tests.api.conftest import api
from tests.desk.conftest import as_user
from tests.notifications.conftest import sink

__all__ = ["api", "as_user", "sink"]
