"""The fixed cast of the tests: the same people everywhere."""

from __future__ import annotations

from dataclasses import dataclass

from helpdesk.accounts.models import Department, Team, User
from tests.factories import DepartmentFactory, TeamFactory, UserFactory, agent_in


@dataclass
class Cast:
    """Two requesters of two departments, agents of two teams, and everybody else with a role."""

    finance: Department
    sales: Department
    first_line: Team
    applications: Team
    requester: User
    requester2: User
    colleague: User
    agent: User
    agent2: User
    lead: User
    liaison: User
    admin: User
    leaver: User

    def everybody(self) -> dict[str, User]:
        return {name: value for name, value in vars(self).items() if isinstance(value, User)}


def assemble() -> Cast:
    finance, sales = (
        DepartmentFactory(name_zh="财务部", name_en="Finance"),
        DepartmentFactory(name_zh="销售部", name_en="Sales"),
    )
    first_line = TeamFactory(name_zh="一线支持", name_en="First line", support_level=1)
    applications = TeamFactory(name_zh="应用组", name_en="Applications", support_level=2)
    lead = agent_in(first_line, username="lead", full_name="赵磊", is_lead=True)
    first_line.lead = lead
    first_line.save()
    return Cast(
        finance=finance,
        sales=sales,
        first_line=first_line,
        applications=applications,
        requester=UserFactory(username="requester", full_name="王敏", department=finance, location="A 座 12-047"),
        requester2=UserFactory(username="requester2", full_name="Tom Baker", department=sales, language="en"),
        colleague=UserFactory(username="colleague", full_name="周航", department=finance),
        agent=agent_in(first_line, username="agent", full_name="李强"),
        agent2=agent_in(applications, username="agent2", full_name="韩雪"),
        lead=lead,
        liaison=agent_in(applications, username="liaison", full_name="马骏", is_liaison=True),
        admin=UserFactory(username="admin", full_name="管理员", is_admin=True),
        leaver=UserFactory(username="leaver", full_name="丁宁", department=finance, is_active=False),
    )
