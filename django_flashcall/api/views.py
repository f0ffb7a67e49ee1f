"""The endpoints: HTTP on one side, services on the other, nothing in between."""

from __future__ import annotations

from typing import Any

from django.db import InterfaceError, OperationalError, connections, transaction
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.permissions import AllowAny, BasePermission, IsAuthenticated
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from django_flashcall import services
from django_flashcall.api.errors import from_database_error, refuse
from django_flashcall.api.negotiation import AlwaysJSON
from django_flashcall.api.parsers import StrictJSONParser, refuse_long_body
from django_flashcall.api.serializers import (
    FallbackSerializer,
    ProofSerializer,
    RequestSerializer,
    VerifySerializer,
    attempt_json,
    phone_json,
)
from django_flashcall.api.throttles import FlashcallThrottle, RequestThrottle, StatusThrottle, VerifyThrottle
from django_flashcall.conf import get_config
from django_flashcall.exceptions import ChannelUnavailable, FlashcallError
from django_flashcall.refusals import from_exception, from_outcome
from django_flashcall.services import Client, OutcomeStatus, idempotency


class FlashcallView(APIView):
    """What all endpoints share, whatever the host's REST_FRAMEWORK has for its own views.

    Who may do what is judged by the services, so the door is open (AllowAny). A site's own views may be subclasses:
    they read JSON only, answer a `FlashcallError` as ours do, and are exempt from ATOMIC_REQUESTS.
    """

    permission_classes: list[type[BasePermission]] = [AllowAny]
    parser_classes = [StrictJSONParser]
    renderer_classes = [JSONRenderer]
    content_negotiation_class = AlwaysJSON
    versioning_class = None
    throttle: type[FlashcallThrottle] = StatusThrottle
    atomic_under_host = False
    """Whether ATOMIC_REQUESTS may wrap the view: not where something is counted that a rollback would give back."""

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Any:
        view = super().as_view(**initkwargs)
        for alias in () if cls.atomic_under_host else connections:
            view = transaction.non_atomic_requests(using=alias)(view)
        return view

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        refuse_long_body(request)
        super().initial(request, *args, **kwargs)

    def get_throttles(self) -> list[Any]:
        return [self.throttle(), *super().get_throttles()]

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, OperationalError | InterfaceError):
            return from_database_error(exc)
        return refuse(from_exception(exc)) if isinstance(exc, FlashcallError) else super().handle_exception(exc)

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        return response

    def body(self, serializer_class: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
        """Return the body, read by a serializer. Raises DRF's own ValidationError."""
        serializer = serializer_class(data=request.data, context={"request": request})
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)


def idempotency_key(request: Request) -> str | None:
    """Return the request's Idempotency-Key, if it has one. Raises DRF's own ValidationError for a short or long one."""
    key = request.headers.get("Idempotency-Key")
    if key is not None and not idempotency.MIN_LENGTH <= len(key) <= idempotency.MAX_LENGTH:
        raise serializers.ValidationError({"Idempotency-Key": [_("Give 16 to 255 characters.")]})
    return key


class VerificationsView(FlashcallView):
    """Attempts."""

    throttle = RequestThrottle

    def post(self, request: Request) -> Response:
        """Start an attempt: place a call, or send a message, with a code."""
        body = self.body(RequestSerializer, request)
        purpose, channel = get_config().purpose(body["purpose"]), body.get("channel")
        if channel not in {None, purpose.channels[0]} and not purpose.channel_choice:
            raise ChannelUnavailable(str(channel))
        attempt = services.request_verification(
            body["phone_number"],
            purpose=purpose.name,
            channel=channel,
            user=request.user,
            client=Client.from_request(request._request),
            idempotency_key=idempotency_key(request),
        )
        return Response(attempt_json(attempt.standing), status=201)


class VerificationView(FlashcallView):
    """One attempt."""

    def get(self, request: Request, attempt_id: str) -> Response:
        """Tell how the attempt stands."""
        return Response(attempt_json(services.follow(attempt_id, user=request.user).standing))

    def delete(self, request: Request, attempt_id: str) -> Response:
        """Cancel the attempt."""
        services.cancel(attempt_id, user=request.user)
        return Response(status=204)


class VerifyView(FlashcallView):
    """Codes of one attempt."""

    throttle = VerifyThrottle

    def post(self, request: Request, attempt_id: str) -> Response:
        """Enter the code, or the number that called; the right one gives a proof."""
        body = self.body(VerifySerializer, request)
        outcome = services.verify(attempt_id, user=request.user, **body)
        if outcome.status == OutcomeStatus.MALFORMED:
            raise serializers.ValidationError({next(iter(body)): [_("This is not a code of this verification.")]})
        if outcome.status != OutcomeStatus.VERIFIED or outcome.attempt is None:
            return refuse(from_outcome(outcome))
        attempt = outcome.attempt
        return Response(
            {
                "id": str(attempt.pk),
                "status": "verified",
                "phone_number": str(attempt.phone_number),
                "proof": outcome.proof,
            }
        )


class FallbackView(FlashcallView):
    """Further deliveries of one attempt."""

    throttle = RequestThrottle

    def post(self, request: Request, attempt_id: str) -> Response:
        """Send another code, over the next channel or the one that is named."""
        body = self.body(FallbackSerializer, request)
        attempt = services.fall_back(
            attempt_id,
            channel=body.get("channel"),
            user=request.user,
            client=Client.from_request(request._request),
        )
        return Response(attempt_json(attempt.standing), status=201)


class PhonesView(FlashcallView):
    """The caller's verified numbers."""

    permission_classes = [IsAuthenticated]
    atomic_under_host = True

    def get(self, request: Request) -> Response:
        """List them."""
        return Response([phone_json(status, masked=False) for status in services.phones_of(request.user)])

    def post(self, request: Request) -> Response:
        """Redeem a proof: its number becomes the caller's."""
        body = self.body(ProofSerializer, request)
        return Response(phone_json(services.own_phone(body["proof"], user=request.user), masked=True))
