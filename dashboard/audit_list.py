"""The audit trail as administrators search it, on its page and in its file."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import ChoiceFilter, FilterSet, ModelChoiceFilter

from accounts.audit import canonical
from accounts.models import AuditEntry, AuditKind, User
from web.filters import FromDayToDay
from web.lists import Column, ListPlan


class AuditFilter(FilterSet):
    kind = ChoiceFilter(label=_("What happened"), choices=AuditKind.choices)
    person = ModelChoiceFilter(
        label=_("Who"), queryset=User.objects.order_by("username"), field_name="person_id", method="by_person"
    )
    at = FromDayToDay(label=_("Day"), field_name="at__date")

    class Meta:
        model = AuditEntry
        fields = ()

    def by_person(self, rows: QuerySet[AuditEntry], _name: str, person: User) -> QuerySet[AuditEntry]:
        return rows.filter(person_id=person.pk)


def in_file(key: str, label: Any, **how: Any) -> Column:
    """Return a column that the page leaves to the file and to the page of one entry."""
    return Column(key, label, sortable=False, **how)


COLUMNS = (
    Column("number", _("No."), numeric=True, hide_narrow=True),
    Column("at", _("When")),
    Column("kind", _("What"), value=lambda entry: entry.label, order_by=("kind",), hide_narrow=True),
    Column("sentence", _("What happened"), sortable=False),
    Column("actor", _("By"), value=lambda entry: entry.actor or entry.get_by_display()),
    Column("address", _("From"), hide_narrow=True),
)
AUDIT = ListPlan(
    name="audit",
    is_about_people=True,
    columns=COLUMNS,
    in_file=(
        *COLUMNS,
        in_file("object_id", _("Which")),
        in_file("request_id", _("Request")),
        in_file("details", _("Details"), value=lambda entry: canonical(entry.details)),
        in_file("previous", _("Digest before")),
        in_file("digest", _("Digest")),
    ),
    sort="-number",
    filters=AuditFilter,
    search=("sentence", "actor", "address", "request_id", "object_id"),
    page_size=50,
)


def audit_entries() -> QuerySet[AuditEntry]:
    return AuditEntry.objects.all()
