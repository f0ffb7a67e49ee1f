"""A custom user model, as Django recommends that every new project has one."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """Whose number is whose is known to django-flashcall's `PhoneStatus`. `phone` is what the site had before."""

    phone = models.CharField(_("phone number"), max_length=16, null=True, unique=True, editable=False)  # noqa: DJ001
