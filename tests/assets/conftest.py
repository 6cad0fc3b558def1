from tests.api.conftest import api
from tests.desk.conftest import as_user

__all__ = ["api", "as_user"]
