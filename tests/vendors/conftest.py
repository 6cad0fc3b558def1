from tests.api.conftest import api
from tests.desk.conftest import as_user
from tests.escalation.conftest import calendar, give_policy
from tests.notifications.conftest import sink
from tests.vendors.acts import vendor

__all__ = ["api", "as_user", "calendar", "give_policy", "sink", "vendor"]
