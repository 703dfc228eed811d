"""Scenarios: what-ifs that somebody named and kept. What they change is worked out on read."""

from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

LONGEST_NOTE = 1_000


class Scenario(models.Model):
    """Moves of levels, links and dots under a name.

    moves: rows of field and value as in the address of a what-if, with the name of what is moved, how it stood when it
    was saved and how it would stand, so that what has gone since can still be named. believed: the overall gap of the
    day and the moment when the moves were written (moved_at), in points; without: with the dot taken away, too.
    """

    name = models.CharField(_("name"), max_length=120)
    note = models.TextField(_("note"), max_length=LONGEST_NOTE, blank=True, default="", db_default="")
    moves = models.JSONField(_("moves"))
    move_count = models.PositiveSmallIntegerField(_("moves"), default=0, db_default=0, editable=False)
    believed = models.JSONField(_("what it showed when it was saved"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_by_name = models.CharField(_("saved by"), max_length=160)
    created_at = models.DateTimeField(_("saved"))
    # The key that the form was shown with: sent twice, it is stored once.
    entry = models.CharField(max_length=32, blank=True, default="", db_default="", editable=False)

    class Meta:
        ordering = ("name", "id")
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(name="") & ~Q(created_by_name=""), name="scenario_named_by_somebody"),
            models.UniqueConstraint(fields=["entry"], condition=~Q(entry=""), name="scenario_stored_once"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def moved_at(self) -> datetime:
        """When its moves were written: first when it was saved."""
        text = self.believed.get("moved_at")
        return datetime.fromisoformat(text) if text else self.created_at

    @property
    def showed(self) -> float | None:
        """The overall gap that it showed then; unknown of a dot that was taken away before that was kept."""
        has_dot = any(name == "without" for name, _value in self.pairs)
        found: float | None = self.believed.get("without" if has_dot else "then")
        return found

    @property
    def pairs(self) -> list[tuple[str, str]]:
        moves: list[dict[str, Any]] = self.moves
        return [(move["field"], move["value"]) for move in moves]
