"""What may go wrong, one row for each thing: what must come of it, and the test that shows it.

`tests/test_faults.py` holds the rows against the code on every run; `make sabotage` takes each defence away and looks
whether its test notices.
"""

from tests.faults import abuse, answers, calls, clashes, entered, numbers, reports, site, transfer
from tests.faults.row import Fault

FAULTS: list[Fault] = sorted(
    [
        *transfer.ROWS,
        *answers.ROWS,
        *calls.ROWS,
        *numbers.ROWS,
        *entered.ROWS,
        *clashes.ROWS,
        *site.ROWS,
        *reports.ROWS,
        *abuse.ROWS,
    ],
    key=lambda fault: fault.number,
)
