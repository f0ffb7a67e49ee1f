"""What a site may listen to.

Each is sent once, after the commit, by `send_robust`: a receiver that fails is logged and stops nothing. The sender is
the class of the first argument. No signal carries a code.
"""

from django.dispatch import Signal

attempt_started = Signal()
"""An attempt was written, before anything is sent. Arguments: `attempt`."""
delivery_sent = Signal()
"""A provider accepted a delivery, or may have. Arguments: `attempt`, `delivery`."""
delivery_failed = Signal()
"""A delivery was certainly not placed. Arguments: `attempt`, `delivery`."""
attempt_verified = Signal()
"""The right code was entered. Nothing is owned yet: that is `phone_verified`. Arguments: `attempt`."""
attempt_exhausted = Signal()
"""The last wrong code was entered. Arguments: `attempt`."""
phone_verified = Signal()
"""A proof was redeemed: the attempt's user owns the number. Arguments: `attempt`."""
phone_transferred = Signal()
"""As `phone_verified`, where another user had the number. Arguments: `attempt`, `previous_user` (primary key)."""
limit_hit = Signal()
"""A request was refused by a limit. Arguments: `scope`, `attempt` (None where it would have been a new one)."""
