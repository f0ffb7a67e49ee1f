"""A custom user model, as Django recommends that every new project has one."""

from django.contrib.auth.models import AbstractUser


class User(AbstractUser):
    """Nothing is added: whose number is whose is known to django-flashcall's `PhoneStatus`."""
