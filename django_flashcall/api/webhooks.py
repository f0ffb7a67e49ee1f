"""Where a provider sends its delivery reports: `POST webhooks/{provider}/{secret}/`.

A plain view and not one of REST framework's: the host's authentication, throttles, parsers and permissions are made
for its clients and not for a provider's server.
"""

from __future__ import annotations

import logging

from django.contrib.auth.decorators import login_not_required
from django.db import connections, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_variables

from django_flashcall.api.parsers import MAX_BODY
from django_flashcall.services import hints

logger = logging.getLogger("django_flashcall")

FOLDER = "webhooks/"
"""Below it the addresses have secrets in them."""
ADDRESSES = ("PATH_INFO", "REQUEST_URI", "RAW_URI")
"""Where servers leave the address that was asked for."""


@csrf_exempt
@login_not_required
@sensitive_variables("secret")
def webhook(request: HttpRequest, alias: str, secret: str) -> HttpResponseBase:
    """Take a delivery report.

    Without the secret it is not there: 404, whatever the method. With it: 200 for a report, of an unknown message too;
    400 for nonsense, 405, and 413 for what is longer than 16 KiB; 503 where the database is away.
    """
    _hide(request)
    if not hints.accepted(alias, secret):
        raise Http404
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    try:
        return HttpResponse(status=_taken(request, alias))
    except Exception as error:  # its traceback would show the secret
        logger.error("A delivery report could not be taken: %s.", type(error).__name__)
        return HttpResponse(status=503)


def _taken(request: HttpRequest, alias: str) -> int:
    """Take a report and return the status to answer with."""
    try:
        body = request.read(MAX_BODY + 1)
    except OSError:  # the connection broke
        return 400
    if len(body) > MAX_BODY:
        return 413
    return 200 if hints.take(alias, body) else 400


def _hide(request: HttpRequest) -> None:
    """Take the secret out of the request's address, which Django logs for every answer of 400 and above.

    A wrong secret, too: it may be right tomorrow, or have been right yesterday.
    """
    request.path, request.path_info = _hidden(request.path), _hidden(request.path_info)
    for name in ADDRESSES:
        if name in request.META:
            request.META[name] = _hidden(request.META[name])


def _hidden(address: str) -> str:
    head, folder, _rest = address.partition(FOLDER)
    return f"{head}{folder}.../"


for _alias in connections:  # by no database's ATOMIC_REQUESTS
    webhook = transaction.non_atomic_requests(using=_alias)(webhook)
