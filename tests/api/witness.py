"""Who has seen everything that left a process, and looks for secrets in it."""

from __future__ import annotations

import json
import logging
import re
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

from tests.api.client import Api

SQL_LOG = "django.db.backends"
"""Django's log of statements with their values, which it writes only with DEBUG on. It is not ours to mask."""


@dataclass
class Witness:
    """Collects texts, and secrets that must not occur in them."""

    seen: list[tuple[str, str]] = field(default_factory=list)
    """Where, and what."""
    secrets: dict[str, set[str]] = field(default_factory=dict)
    """Kind to texts."""
    records: list[logging.LogRecord] = field(default_factory=list)

    def keep_secret(self, kind: str, *texts: str) -> None:
        self.secrets.setdefault(kind, set()).update(text for text in texts if text)

    def see(self, where: str, *texts: object) -> None:
        self.seen.extend((where, str(text)) for text in texts)

    def see_object(self, where: str, thing: object) -> None:
        self.see(where, repr(thing), thing, f"{thing}", [thing], {"key": thing})

    def see_exception(self, where: str, error: BaseException | None) -> None:
        """See an exception, its arguments and attributes, its traceback, and all that it came from."""
        while error is not None:
            self.see(where, repr(error), error, error.args, vars(error), json.dumps(vars(error), default=str))
            self.see(where, *traceback.format_exception(error))
            self.see_exception(where, error.__cause__)
            error = error.__context__

    def leaks(self) -> list[str]:
        """Return each place where a secret occurs, with the kind of secret and what is around it."""
        texts = [*self.seen, *self._logged()]
        return [
            f"{kind} in {where}: {text[max(found.start() - 60, 0) : found.end() + 20]!r}"
            for kind, secrets in self.secrets.items()
            for pattern in [re.compile("|".join(map(_pattern, secrets)))]
            for where, text in texts
            for found in [pattern.search(text)]
            if found
        ]

    def _logged(self) -> Iterator[tuple[str, str]]:
        for record in self.records:
            if record.name != SQL_LOG:
                # Plain formatters write `repr`, those that write JSON the text itself, which may be another.
                for text in (record.getMessage(), str(vars(record)), json.dumps(vars(record), default=str)):
                    yield f"log {record.name}", text
                if record.exc_info and record.exc_info[1]:
                    yield f"log {record.name}", "".join(traceback.format_exception(record.exc_info[1]))


def _pattern(secret: str) -> str:
    # A short code may be part of an id or of a time by chance; as a word of its own it may not.
    return re.escape(secret) if len(secret) >= 8 else rf"(?<![\w.]){re.escape(secret)}(?![\w.])"


@contextmanager
def every_log_record(witness: Witness) -> Iterator[None]:
    """Let the witness have every record of every logger, whatever its level and wherever it would go."""
    factory, level = logging.getLogRecordFactory(), logging.root.level
    loggers = [one for one in logging.Logger.manager.loggerDict.values() if isinstance(one, logging.Logger)]
    levels = {one: one.level for one in loggers}

    def kept(*args: Any, **kwargs: Any) -> logging.LogRecord:
        witness.records.append(factory(*args, **kwargs))
        return witness.records[-1]

    logging.setLogRecordFactory(kept)
    logging.root.setLevel(logging.DEBUG)
    for one in loggers:
        one.setLevel(logging.NOTSET)
    yield
    logging.setLogRecordFactory(factory)
    logging.root.setLevel(level)
    for one, former in levels.items():
        one.setLevel(former)


def witnessed(function: Callable[..., Any], witness: Witness, where: str) -> Callable[..., Any]:
    """Return the function as it is, but that the witness sees what it returns and raises."""

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            result = function(*args, **kwargs)
        except Exception as error:
            witness.see_exception(f"{where} raising", error)
            raise
        witness.see_object(f"{where} returning", result)
        return result

    return call


class WitnessedApi(Api):
    """A client whose answers the witness sees, but for what the design lets out: `allowed` names it by its kind."""

    def __init__(self, witness: Witness, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.witness = witness

    def request(self, **kwargs: Any) -> Any:
        response = super().request(**kwargs)
        where = f"{response.wsgi_request.method} {response.wsgi_request.path} -> {response.status_code}"
        self.witness.see(where, response.wsgi_request.get_full_path(), dict(response.headers), response)
        self.witness.see(where, *self._without_what_is_allowed(response))
        return response

    def _without_what_is_allowed(self, response: Any) -> list[str]:
        body = response.body
        if response.status_code == 200 and response.wsgi_request.path.endswith("/verify/"):
            self.witness.keep_secret("proof", body["proof"])
            body = {name: value for name, value in body.items() if name not in {"proof", "phone_number"}}
        elif response.case and response.case[:2] == ("flashcall_phones", 200):
            body = [{name: value for name, value in one.items() if name != "phone_number"} for one in body]
        else:
            return [response.content.decode()]
        return [json.dumps(body, ensure_ascii=False)]
