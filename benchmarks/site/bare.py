"""The least that is safe: a number is asked for with one INSERT, and a code is judged with one conditional UPDATE.

No cooldown, no limits, no second channel, no record of what the provider said.
"""

from __future__ import annotations

import hmac
import uuid

from django.conf import settings
from django.db import connection
from phonenumber_field.serializerfields import PhoneNumberField
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from benchmarks.site import bare_sql
from django_flashcall import codes
from django_flashcall.codes import Code


class NumberSerializer(serializers.Serializer):
    phone_number = PhoneNumberField()


class CodeSerializer(serializers.Serializer):
    code = serializers.RegexField("^[0-9]{4}$")


class BareView(APIView):
    authentication_classes = []
    permission_classes = []


class RequestView(BareView):
    def post(self, request: Request) -> Response:
        serializer = NumberSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        attempt_id, code = uuid.uuid4(), codes.make(4)
        number = serializer.validated_data["phone_number"].as_e164
        with connection.cursor() as cursor:
            cursor.execute(bare_sql.INSERT, [attempt_id, number, digest(attempt_id, code)])
        return Response({"id": str(attempt_id)}, status=201)


class VerifyView(BareView):
    def post(self, request: Request, attempt_id: uuid.UUID) -> Response:
        serializer = CodeSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        entered = digest(attempt_id, Code(serializer.validated_data["code"]))
        with connection.cursor() as cursor:
            cursor.execute(bare_sql.JUDGE, [entered, attempt_id])
            judged = cursor.fetchone()
        if judged is None:
            return Response({"error": "closed"}, status=410)
        status, checks_left = judged
        if status == "verified":
            return Response({"status": "verified"})
        return Response({"error": "invalid_code", "checks_left": checks_left}, status=400)


def digest(attempt_id: uuid.UUID, code: Code) -> str:
    return hmac.digest(settings.SECRET_KEY.encode(), f"{attempt_id.hex} {code.digits}".encode(), "sha256").hex()
