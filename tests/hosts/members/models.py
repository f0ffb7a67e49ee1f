"""Users as unlike Django's own as a host may have them: a UUID for a key, and no user name."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models


class MemberManager(BaseUserManager["Member"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> Member:
        member = Member(email=email, **fields)
        member.set_password(password)
        member.save(using=self.db)
        return member

    def create_superuser(self, email: str, **fields: Any) -> Member:
        return self.create_user(email, is_staff=True, is_superuser=True, **fields)


class Member(AbstractBaseUser, PermissionsMixin):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    email = models.CharField(max_length=254, unique=True)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)

    objects = MemberManager()

    USERNAME_FIELD = "email"

    def __str__(self) -> str:
        return self.email
