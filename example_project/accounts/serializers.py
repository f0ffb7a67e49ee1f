"""What signup takes."""

from django.contrib.auth.password_validation import validate_password
from rest_framework import serializers

from example_project.accounts.models import User


class SignupSerializer(serializers.ModelSerializer[User]):
    """A free user name, the proof of a phone number and, as the number may be enough, perhaps a password."""

    password = serializers.CharField(required=False, validators=[validate_password])
    proof = serializers.CharField()

    class Meta:
        model = User
        fields = ["username", "password", "proof"]
