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
delivery_delivered = Signal()
"""The provider says that a delivery arrived. Nothing is verified by that. Arguments: `attempt`, `delivery`."""
delivery_undeliverable = Signal()
"""The provider says that a delivery did not arrive. Arguments: `attempt`, `delivery`."""
attempt_verified = Signal()
"""The right code was entered. Nothing is owned yet: that is `phone_verified`. Arguments: `attempt`."""
attempt_exhausted = Signal()
"""The last wrong code was entered. Arguments: `attempt`."""
phone_verified = Signal()
"""A proof was redeemed: the attempt's user owns the number. Arguments: `attempt`."""
phone_transferred = Signal()
"""As `phone_verified`, where another user had the number. Arguments: `attempt`, `previous_user` (primary key)."""
limit_hit = Signal()
"""A request was refused by a limit; or 80 % of `site` are used up, which is told once a window.

Arguments: `scope`, `attempt` (None where it would have been a new one), `refused` (False for the 80 %).
"""
conversion_low = Signal()
"""Of the codes that were sent of late to a prefix or a region, few were entered. The sender is `VerificationAttempt`.

Arguments: `scope` (`prefix` or `region`), `value` (such as +38050123 or UA), `sent`, `verified` (attempts).
"""
