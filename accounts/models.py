import hashlib
import secrets
from datetime import datetime
from typing import ClassVar, Self

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

TOKEN_PREFIX_LENGTH = 8
SECRET_BYTES = 32


class User(AbstractUser):
    """A person who signs in; what the person may do stands in functions.Membership."""

    email = models.EmailField(_("e-mail address"), blank=True)

    class Meta(AbstractUser.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint("email", name="user_email_once", condition=~Q(email="")),
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.username


class Scope(models.TextChoices):
    READ_SCORES = "scores:read", _("Read scores")
    PUSH_MEASUREMENTS = "measurements:write", _("Push measurements")
    READ_EVIDENCE = "evidence:read", _("Read the evidence: the register, interviews with words, and measurements")
    WRITE_EVIDENCE = "evidence:write", _("Record and change customers, contacts and interviews with answers and words")
    WRITE_DEFINITIONS = (
        "definitions:write",
        _("Change what is measured: functions, requirements, metrics and their links"),
    )
    READ_PEOPLE = "people:read", _("Read who has which role")
    WRITE_PEOPLE = "people:write", _("Invite people, and give and take roles")


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def usable(self, at: datetime) -> Self:
        return self.filter(revoked_at=None, user__is_active=True).filter(Q(expires_at=None) | Q(expires_at__gt=at))


class ApiToken(models.Model):
    """A personal token: only the digest of its secret is kept, so it is shown exactly once."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(_("name"), max_length=80)
    prefix = models.CharField(max_length=TOKEN_PREFIX_LENGTH, unique=True)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(_("scopes"), default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "name"], name="api_token_name_once", condition=Q(revoked_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def new_prefix() -> str:
    """Return the part of a token that may be shown and logged; hex, so that no '_' splits it."""
    return secrets.token_hex(TOKEN_PREFIX_LENGTH // 2)


def new_secret() -> str:
    return secrets.token_urlsafe(SECRET_BYTES)
