"""The people, departments and teams of the demo organisation."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, make_password

from helpdesk.accounts.models import Department, Team, TeamMembership, User
from helpdesk.startup import DEMO_PASSWORD, DEMO_USERNAMES
from tickets.models import Category, DeskSettings

__all__ = ["DEMO_PASSWORD", "DEMO_USERNAMES", "Cast", "assemble"]

# code: (part of, Chinese name, English name)
DEPARTMENTS = {
    "headquarters": ("", "集团总部", "Headquarters"),
    "finance": ("headquarters", "财务部", "Finance"),
    "hr": ("headquarters", "人力资源部", "Human Resources"),
    "admin": ("headquarters", "行政部", "Administration"),
    "legal": ("headquarters", "法务部", "Legal"),
    "business": ("", "业务中心", "Business"),
    "sales": ("business", "销售部", "Sales"),
    "marketing": ("business", "市场部", "Marketing"),
    "international": ("business", "国际业务部", "International Business"),
    "procurement": ("business", "采购部", "Procurement"),
    "technology": ("", "技术中心", "Technology"),
    "rnd": ("technology", "研发部", "Research and Development"),
    "engineering": ("technology", "工程部", "Engineering"),
    "design": ("technology", "设计部", "Design"),
    "it": ("technology", "信息技术部", "Information Technology"),
}

# code: (Chinese name, English name, support level, user name of the lead)
TEAMS = {
    "first_line": ("一线支持", "First line", 1, "lead"),
    "applications": ("应用组", "Applications", 2, "agent2"),
    "network": ("网络组", "Network", 2, "luoyi"),
}


@dataclass(frozen=True)
class Person:
    """One demo person. `team` is where an agent works; `flags` are the role flags of the account."""

    username: str
    full_name: str
    department: str
    phone: str
    location: str
    language: str = ""
    team: str = ""
    flags: tuple[str, ...] = ()


AGENT = ("is_agent",)
PEOPLE = (
    Person("requester", "王敏", "finance", "6021", "A 座 12-047"),
    Person("requester2", "Emma Clarke", "international", "6304", "B 座 05-112", "en"),
    Person("agent", "李强", "it", "8012", "A 座 03-008", "", "first_line", AGENT),
    Person("agent2", "韩雪", "it", "8031", "A 座 03-021", "", "applications", AGENT),
    Person("lead", "赵磊", "it", "8001", "A 座 03-001", "", "first_line", (*AGENT, "is_lead")),
    Person("liaison", "马骏", "it", "8045", "A 座 03-030", "", "applications", (*AGENT, "is_liaison")),
    Person("admin", "钱立", "it", "8002", "A 座 03-002", "", "", ("is_admin",)),
    Person("songjia", "宋佳", "it", "8014", "A 座 03-010", "", "first_line", AGENT),
    Person("priya", "Priya Nair", "it", "8017", "A 座 03-012", "en", "first_line", AGENT),
    Person("luoyi", "罗毅", "it", "8052", "A 座 03-040", "", "network", AGENT),
    Person("tangbo", "唐博", "it", "8055", "A 座 03-041", "", "network", AGENT),
    Person("xulan", "许岚", "finance", "6024", "A 座 12-049"),
    Person("fangwei", "方蔚", "finance", "6020", "A 座 12-001"),
    Person("chenxi", "陈曦", "marketing", "6150", "B 座 03-017"),
    Person("zhouhang", "周航", "rnd", "6710", "深圳 2-033"),
    Person("liujia", "刘佳", "admin", "6088", "A 座 05-003"),
    Person("sunyue", "孙悦", "hr", "6041", "A 座 08-014"),
    Person("hejing", "何静", "design", "6620", "C 座 02-009"),
    Person("guotao", "郭涛", "engineering", "6555", "C 座 04-021"),
    Person("wufan", "吴凡", "sales", "6180", "B 座 04-006"),
    Person("dingning", "丁宁", "legal", "6070", "A 座 09-002"),
    Person("linke", "林可", "procurement", "6210", "B 座 02-015"),
    Person("lweber", "Lukas Weber", "rnd", "6733", "C 座 06-104", "en"),
    Person("akhan", "Aisha Khan", "international", "6311", "B 座 05-118", "en"),
)
MANAGERS = {"requester": "fangwei", "xulan": "fangwei", "agent": "lead", "songjia": "lead", "priya": "lead"}


@dataclass
class Cast:
    """The assembled organisation, by user name and by code."""

    people: dict[str, User]
    teams: dict[str, Team]
    departments: dict[str, Department] = field(default_factory=dict)

    def __getitem__(self, username: str) -> User:
        return self.people[username]


def assemble() -> Cast:
    """Create departments, people and teams, and give the categories their teams.

    Only the published seven can sign in; their password is DEMO_PASSWORD or the published one, hashed once.
    """
    desk, _created = DeskSettings.objects.get_or_create(id=1)
    departments = _departments()
    password = make_password(os.environ.get("DEMO_PASSWORD") or DEMO_PASSWORD)
    people = {}
    for person in PEOPLE:
        people[person.username] = User.objects.create(
            username=person.username,
            email=f"{person.username}@example.com",
            full_name=person.full_name,
            department=departments[person.department],
            phone=person.phone,
            location=person.location,
            language=person.language,
            password=password if person.username in DEMO_USERNAMES else UNUSABLE_PASSWORD_PREFIX,
            **dict.fromkeys(person.flags, True),
        )
    for username, manager in MANAGERS.items():
        people[username].manager = people[manager]
        people[username].save(update_fields=["manager"])
    desk.security_officer = people["lead"]
    desk.save()
    return Cast(people, _teams(people), departments)


def _departments() -> dict[str, Department]:
    made: dict[str, Department] = {}
    for code, (parent, name_zh, name_en) in DEPARTMENTS.items():
        made[code], _created = Department.objects.get_or_create(
            parent=made.get(parent), name_zh=name_zh, defaults={"name_en": name_en}
        )
    return made


def _teams(people: dict[str, User]) -> dict[str, Team]:
    teams = {}
    for code, (name_zh, name_en, level, lead) in TEAMS.items():
        teams[code], _created = Team.objects.get_or_create(
            name_zh=name_zh, defaults={"name_en": name_en, "support_level": level, "lead": people[lead]}
        )
    # Everything reaches the first line; the second level gets what is handed over to it.
    for category in Category.objects.filter(parent=None):
        category.team = teams["first_line"]
        category.save()
    for person in PEOPLE:
        if person.team:
            TeamMembership.objects.create(team=teams[person.team], user=people[person.username])
    return teams
