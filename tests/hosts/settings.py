"""Settings of one host of `hosts.HOSTS`, which FLASHCALL_HOST names: those of the suite, changed.

To look at one of them: `FLASHCALL_HOST=national_numbers python -m pytest --ds tests.hosts.settings tests/api`.
"""

import os

from tests.hosts.hosts import HOSTS
from tests.settings import *  # noqa: F403
from tests.settings import DATABASES

NAME = os.environ["FLASHCALL_HOST"]

if not DATABASES["default"]["ENGINE"].endswith("sqlite3"):  # a SQLite file is the process's own already
    DATABASES["default"]["TEST"]["NAME"] = f"test_{DATABASES['default']['NAME']}_{NAME}"

HOSTS[NAME].change(globals())
