"""The OpenAPI document of the API, for hosts that have drf-spectacular; the app imports it where that is installed.

One row of `OPERATIONS` is one operation with all that it may answer. The views know nothing of this.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from drf_spectacular.extensions import OpenApiSerializerFieldExtension, OpenApiViewExtension
from drf_spectacular.plumbing import append_meta
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiRequest,
    OpenApiResponse,
    extend_schema,
    extend_schema_serializer,
    extend_schema_view,
)
from rest_framework import serializers

from django_flashcall.api import views
from django_flashcall.api.serializers import FallbackSerializer, ProofSerializer, RequestSerializer, VerifySerializer
from django_flashcall.refusals import DETAIL, STATUS
from django_flashcall.services import idempotency

STATES: Final = ["pending", "verified", "canceled", "exhausted", "failed", "expired"]
REASONS: Final = ["region", "line_type", "short_number"]

EXAMPLE_ID: Final = "00000000-0000-7000-8000-000000000000"
EXAMPLE_TIME: Final = "2030-01-01T12:00:00Z"


class StatusField(serializers.ChoiceField):
    """A derived state."""


class StatusExtension(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]  # its hook for subclasses
    """Makes the states a component: left inline, they could change the names of the host's own enums."""

    target_class = StatusField

    def get_name(self) -> str:
        return "FlashcallStatus"

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        return {"type": "string", "enum": STATES}


class FlashcallAttemptSerializer(serializers.Serializer[Any]):
    """An attempt as it stands. Times are in seconds from now."""

    id = serializers.UUIDField()
    status = StatusField(STATES)
    purpose = serializers.CharField()
    phone_number = serializers.CharField(help_text="Masked.")
    channel = serializers.CharField(help_text="Of the newest delivery.")
    code_length = serializers.IntegerField(min_value=1, help_text="Of the newest delivery's code.")
    code_lengths = serializers.ListField(
        child=serializers.IntegerField(min_value=1), help_text="Of all codes that are accepted now."
    )
    expires_at = serializers.DateTimeField(help_text="When the last code expires.")
    expires_in = serializers.IntegerField(min_value=0)
    checks_left = serializers.IntegerField(min_value=0, help_text="Wrong codes that may still be entered.")
    next_channel = serializers.CharField(allow_null=True, help_text="What to offer next, if there is anything better.")
    next_channel_in = serializers.IntegerField(allow_null=True, min_value=0)
    resend_in = serializers.IntegerField(allow_null=True, min_value=0, help_text="Null once the attempt is closed.")


class FlashcallVerifiedSerializer(serializers.Serializer[Any]):
    """A verified attempt."""

    id = serializers.UUIDField()
    status = StatusField(STATES, help_text="Always `verified`.")
    phone_number = serializers.CharField(help_text="In full, in E.164 form.")
    proof = serializers.CharField(help_text="Single-use; another endpoint redeems it.")


class FlashcallPhoneSerializer(serializers.Serializer[Any]):
    """A verified number of the caller."""

    phone_number = serializers.CharField(help_text="In full in the list; masked in the answer to a proof.")
    verified_at = serializers.DateTimeField()
    verified_channel = serializers.CharField()


EXAMPLES: Final[dict[type, dict[str, Any]]] = {
    FlashcallAttemptSerializer: {
        "id": EXAMPLE_ID,
        "status": "pending",
        "purpose": "signup",
        "phone_number": "+380•••••••00",
        "channel": "flashcall",
        "code_length": 4,
        "code_lengths": [4],
        "expires_at": EXAMPLE_TIME,
        "expires_in": 90,
        "checks_left": 3,
        "next_channel": "sms",
        "next_channel_in": 20,
        "resend_in": 30,
    },
    FlashcallVerifiedSerializer: {
        "id": EXAMPLE_ID,
        "status": "verified",
        "phone_number": "+380000000000",
        "proof": "example-of-a-proof",
    },
    FlashcallPhoneSerializer: {
        "phone_number": "+380•••••••00",
        "verified_at": EXAMPLE_TIME,
        "verified_channel": "flashcall",
    },
}

EXTRA: Final[dict[str, dict[str, Any]]] = {
    "invalid_code": {"checks_left": 2},
    "destination_not_allowed": {"reason": "region"},
    "too_soon": {"retry_after": 20},
    "rate_limited": {"retry_after": 600},
    "idempotency_conflict": {"retry_after": 5},
    "delivery_failed": {"id": EXAMPLE_ID, "next_channel": "sms"},
}
"""What a refusal has besides `error` and `detail`, by its error code, with an example of each value."""
SOMETIMES: Final = {"provider_unavailable": {"retry_after"}}
"""What it has where it is known."""


@dataclass(frozen=True)
class Operation:
    """What is asked, and all that may be answered."""

    id: str
    status: int
    """Of success."""
    answer: serializers.BaseSerializer[Any] | None
    errors: str = ""
    """Our error codes, with spaces between. What any operation may answer is added to each."""
    body: type[serializers.Serializer[Any]] | None = None
    example: dict[str, str] | None = None
    """Of the body."""
    parameters: tuple[OpenApiParameter, ...] = ()
    """Of the address, and headers of the request."""


ATTEMPT_ID: Final = OpenApiParameter("attempt_id", OpenApiTypes.UUID, OpenApiParameter.PATH)
IDEMPOTENCY_KEY: Final = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": idempotency.MIN_LENGTH, "maxLength": idempotency.MAX_LENGTH},
    OpenApiParameter.HEADER,
    description="The same request again, within a day, is answered with the same attempt as it stands then.",
)
SENDING: Final = "channel_unavailable refused too_soon rate_limited delivery_failed"
CLOSED: Final = "already_verified expired exhausted canceled"

OPERATIONS: Final[dict[type[views.FlashcallView], dict[str, Operation]]] = {
    views.VerificationsView: {
        "post": Operation(
            "flashcall_start",
            201,
            FlashcallAttemptSerializer(),
            f"destination_not_allowed idempotency_conflict idempotency_mismatch {SENDING}",
            RequestSerializer,
            {"phone_number": "+380501234503"},
            (IDEMPOTENCY_KEY,),
        ),
    },
    views.VerificationView: {
        "get": Operation("flashcall_status", 200, FlashcallAttemptSerializer(), "not_found", parameters=(ATTEMPT_ID,)),
        "delete": Operation("flashcall_cancel", 204, None, "not_found already_verified", parameters=(ATTEMPT_ID,)),
    },
    views.VerifyView: {
        "post": Operation(
            "flashcall_verify",
            200,
            FlashcallVerifiedSerializer(),
            f"invalid_code not_found failed {CLOSED}",
            VerifySerializer,
            {"code": "4821"},
            (ATTEMPT_ID,),
        ),
    },
    views.FallbackView: {
        "post": Operation(
            "flashcall_fallback",
            201,
            FlashcallAttemptSerializer(),
            f"not_found {CLOSED} {SENDING}",
            FallbackSerializer,
            {"channel": "sms"},
            (ATTEMPT_ID,),
        ),
    },
    views.PhonesView: {
        "get": Operation("flashcall_phones", 200, FlashcallPhoneSerializer(many=True)),
        "post": Operation(
            "flashcall_own_phone",
            200,
            FlashcallPhoneSerializer(),
            "invalid_proof phone_taken",
            ProofSerializer,
            {"proof": "example-of-a-proof"},
        ),
    },
}

NO_STORE: Final = OpenApiParameter(
    "Cache-Control", OpenApiTypes.STR, OpenApiParameter.HEADER, response=True, required=True, enum=["no-store"]
)
RETRY_AFTER: Final = OpenApiParameter(
    "Retry-After",
    OpenApiTypes.INT,
    OpenApiParameter.HEADER,
    response=[409, 429, 503],
    description="Seconds, as `retry_after` in the body.",
)

for _serializer in (RequestSerializer, VerifySerializer, FallbackSerializer, ProofSerializer):
    # Names of their own: a host's serializers may be called Request or Proof, too.
    extend_schema_serializer(component_name="FlashcallBodyOf" + _serializer.__name__.removesuffix("Serializer"))(
        _serializer
    )


class FlashcallViewExtension(OpenApiViewExtension):  # type: ignore[no-untyped-call]  # its hook for subclasses
    """Documents our views, and what a site makes of them by inheritance."""

    target_class = views.FlashcallView
    match_subclasses = True

    def view_replacement(self) -> type[Any]:
        ours = next((kind for kind in self.target.__mro__ if kind in OPERATIONS), None)
        if ours is None:  # a view of the site's own, which says itself what it is
            own: type[Any] = self.target
            return own
        documented = type(self.target.__name__, (self.target,), {"__doc__": self.target.__doc__})
        described = {
            method: _described(operation)
            for method, operation in OPERATIONS[ours].items()
            if getattr(self.target, method) is getattr(ours, method)  # and not written anew by the site
        }
        return extend_schema_view(**described)(documented)


def _described(operation: Operation) -> Any:
    # What DRF may answer before us: a malformed body, no or wrong credentials, the host's throttles.
    codes: dict[int, list[str]] = {status: [] for status in (401, 403, 429)}
    if operation.body is not None:
        codes |= {400: [], 415: []}
    # Everywhere, because that is also what is answered while the database is away.
    for code in [*operation.errors.split(), "provider_unavailable"]:
        codes.setdefault(STATUS[code], []).append(code)
    return extend_schema(
        operation_id=operation.id,
        tags=["phone verification"],
        parameters=[NO_STORE, RETRY_AFTER, *operation.parameters],
        request=_request(operation),
        responses={operation.status: _success(operation.answer)}
        | {status: _refusal(status, codes[status]) for status in sorted(codes)},
    )


def _request(operation: Operation) -> Any:
    if operation.body is None:
        return None
    return OpenApiRequest(operation.body, examples=[OpenApiExample("request", operation.example)])


def _success(answer: serializers.BaseSerializer[Any] | None) -> OpenApiResponse:
    if answer is None:
        return OpenApiResponse(None, "There is no body.")
    kind = type(getattr(answer, "child", answer))
    return OpenApiResponse(answer, examples=[OpenApiExample("success", EXAMPLES[kind])])


def _refusal(status: int, codes: list[str]) -> OpenApiResponse:
    shapes = ([_our_shape(codes)] if codes else []) + _shapes_of_drf(status)
    examples = [OpenApiExample(code, {"error": code, "detail": DETAIL[code], **EXTRA.get(code, {})}) for code in codes]
    shape = {"anyOf": shapes} if len(shapes) > 1 else shapes[0]
    return OpenApiResponse(shape, ", ".join(codes) or HTTPStatus(status).phrase, examples)


def _our_shape(codes: list[str]) -> dict[str, Any]:
    text = {"type": "string"}
    extra = {
        "checks_left": {"type": "integer", "minimum": 0},
        "reason": {"type": "string", "enum": REASONS},
        "retry_after": {"type": "integer", "minimum": 1},
        "id": {"type": "string", "format": "uuid"},
        "next_channel": append_meta(text, {"nullable": True}),
    }
    always = set.intersection(*(set(EXTRA.get(code, ())) for code in codes))
    ever = set.union(*(set(EXTRA.get(code, ())) | SOMETIMES.get(code, set()) for code in codes))
    return {
        "type": "object",
        "required": ["error", "detail", *sorted(always)],
        "properties": {
            "error": {**text, "enum": codes},
            "detail": text,
            **{name: extra[name] for name in sorted(ever)},
        },
    }


def _shapes_of_drf(status: int) -> list[dict[str, Any]]:
    """Return what DRF's own refusals look like, unless the host's EXCEPTION_HANDLER has other ideas."""
    if status not in {400, 401, 403, 415, 429}:
        return []
    text = {"type": "string"}
    detail = {"type": "object", "required": ["detail"], "properties": {"detail": text}, "additionalProperties": False}
    fields = {"type": "object", "additionalProperties": {"type": "array", "items": text}}
    return [detail, fields] if status == 400 else [detail]
