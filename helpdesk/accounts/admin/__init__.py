"""People, teams and departments in the administration."""

from helpdesk.accounts.admin import organisation, people

__all__ = ["organisation", "people"]
