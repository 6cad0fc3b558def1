"""All demo tickets, about seventy, in every state."""

from __future__ import annotations

from helpdesk.demo.stories_done import DONE
from helpdesk.demo.stories_incidents import INCIDENTS
from helpdesk.demo.stories_open import OPEN
from helpdesk.demo.stories_security import SECURITY
from helpdesk.demo.stories_waiting import WAITING_AND_CONFIRM
from helpdesk.demo.story import Story

STORIES: tuple[Story, ...] = (*OPEN, *WAITING_AND_CONFIRM, *INCIDENTS, *SECURITY, *DONE)
