"""What leads upwards from the core.

`ticket_event_recorded` is sent inside the transaction of every act, with `ticket`, `event`, `actor`, `at`,
`changes` ({field: [old, new]}) and `details` (what was said and doesn't belong into the trail). A receiver that raises makes the whole act fail: clocks must never lag behind.

`ticket_submitting` is sent before a new ticket takes its number, with `ticket` and `at`. Submissions wait for each other
from the number to the commit, so what needs to read does it here; a receiver returns what to write once the ticket is
stored, as a function, or None.

`category_moved` is sent inside the transaction that puts a category, with all below it, under another one.
"""

from django.dispatch import Signal

ticket_event_recorded = Signal()
ticket_submitting = Signal()
category_moved = Signal()
