"""Files of actions: what shows a cause, a plan, or that it helped."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from improvements.action_models import Action
from improvements.file_kinds import LONGEST_FILE_NAME, FileKind


class ActionFile(models.Model):
    """A file as it came. `kind`: what its content is, whatever it is called; `name` ends as that kind does."""

    action = models.ForeignKey(Action, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(_("file"), max_length=LONGEST_FILE_NAME)
    kind = models.CharField(_("kind"), max_length=4, choices=FileKind.choices)
    size = models.PositiveIntegerField(_("size"), help_text="in bytes")
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    uploaded_by_name = models.CharField(_("attached by"), max_length=160)
    uploaded_at = models.DateTimeField(_("attached"))

    class Meta:
        ordering = ("action", "uploaded_at", "id")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["action", "sha256"], name="action_file_once"),
            models.CheckConstraint(condition=~Q(name=""), name="action_file_named"),
            models.CheckConstraint(condition=Q(size__gt=0), name="action_file_not_empty"),
            models.CheckConstraint(condition=Q(kind__in=FileKind.values), name="action_file_kind_known"),
            models.CheckConstraint(condition=~Q(uploaded_by_name=""), name="action_file_by_somebody"),
        ]

    def __str__(self) -> str:
        return self.name
