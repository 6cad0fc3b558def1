from helpdesk.accounts.models.department import Department
from helpdesk.accounts.models.group import RequesterGroup
from helpdesk.accounts.models.team import Team, TeamMembership
from helpdesk.accounts.models.user import User

__all__ = ["Department", "RequesterGroup", "Team", "TeamMembership", "User"]
