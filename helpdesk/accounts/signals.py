"""What the floors above need to know of the organisation.

`belonging_changed` is sent inside the transaction of a change, with `people`: the ids of those who now belong to another
department or to other requester groups, or None where a department has moved, and with it everybody in it.
"""

from django.dispatch import Signal

belonging_changed = Signal()
