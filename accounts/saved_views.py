"""Views of lists that people keep: their own, and those that others share. Whoever may share, the door decides."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import DefaultView, SavedView, User

MOST_VIEWS = 50
LONGEST_QUERY = 2_000


# ---- Reading


def views_for(*, user_id: int | None, list_name: str = "") -> QuerySet[SavedView]:
    """Return the views that a person may open, and whether each is the person's default."""
    own = DefaultView.objects.filter(user=user_id, view=OuterRef("pk"))
    views = SavedView.objects.filter(Q(user=user_id) | Q(is_shared=True)).annotate(is_default=Exists(own))
    return views.filter(list=list_name) if list_name else views


def views_kept_by(*, user_id: int | None, is_administrator: bool) -> QuerySet[SavedView]:
    """Return the views that a person may change: the own ones; an administrator's are the shared ones, too."""
    return SavedView.objects.filter(Q(user=user_id) | (Q(is_shared=True) if is_administrator else Q(pk=None)))


# ---- Writing


@transaction.atomic
def save_view(
    *, user: User, list_name: str, name: str, query: str, is_shared: bool = False, is_default: bool = False
) -> SavedView:
    """Keep a view of a list under a name that the person has not used there; raises ValidationError by field."""
    if SavedView.objects.filter(user=user, list=list_name).count() >= MOST_VIEWS:
        message = _("You have %(most)d views of this list. Delete one first.")
        raise ValidationError(message, code="many", params={"most": MOST_VIEWS})
    view = SavedView(user=user, list=list_name, name=name.strip(), query=query, is_shared=is_shared)
    check_view(view)
    view.save()
    if is_default:
        choose_default(user=user, view=view)
    return view


@transaction.atomic
def update_view(*, view: SavedView, changes: Mapping[str, Any]) -> SavedView:
    """Change the name, the parameters or who sees it; raises ValidationError by field."""
    locked = SavedView.objects.select_for_update().get(pk=view.pk)
    for field in ("name", "query", "is_shared"):
        setattr(locked, field, changes.get(field, getattr(locked, field)))
    check_view(locked)
    locked.save()
    return locked


def check_view(view: SavedView) -> None:
    if len(view.query) > LONGEST_QUERY:
        message = _("This list asks for too much to be kept as a view. Take a filter out.")
        raise ValidationError(message, code="long")
    same_name = SavedView.objects.filter(user=view.user_id, list=view.list, name=view.name).exclude(pk=view.pk)
    if same_name.exists():
        message = _("There is a view named '%(name)s' already. Choose another name, or delete that one.")
        raise ValidationError({"name": ValidationError(message, code="unique", params={"name": view.name})})
    view.full_clean(exclude={"user"})


@transaction.atomic
def choose_default(*, user: User, view: SavedView) -> None:
    """Let the list open with this view for this person, in place of the one before."""
    DefaultView.objects.update_or_create(user=user, list=view.list, defaults={"view": view})


@transaction.atomic
def clear_default(*, user: User, view: SavedView) -> None:
    DefaultView.objects.filter(user=user, view=view).delete()


@transaction.atomic
def delete_view(*, view: SavedView) -> None:
    """Forget a view; whoever opened the list with it sees the whole list again."""
    SavedView.objects.filter(pk=view.pk).delete()
