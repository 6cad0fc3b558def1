"""What leads upwards from the core.

`ticket_event_recorded` is sent inside the transaction of every act, with `ticket`, `event`, `actor`, `at`,
`changes` ({field: [old, new]}) and `details` (what was said and doesn't belong into the trail). A receiver that raises makes the whole act fail: clocks must never lag behind.

`category_moved` is sent inside the transaction that puts a category, with all below it, under another one.
"""

from django.dispatch import Signal

ticket_event_recorded = Signal()
category_moved = Signal()
