"""Assessing why a customer was lost, coded on the same catalogue as everything that was heard."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from customers.models import Contact, Customer
from customers.services import check_not_ahead, check_not_erased
from interviews.coding import LONGEST_NAME
from interviews.involvement_models import Involvement
from interviews.loss_models import LossAssessment, LossReason
from requirements_catalog.models import Requirement
from web.changes import apply_changes

Source = LossReason.Source
FIELDS = (
    "lost_on", "value_lost", "competitor", "contact", "reason_theirs", "reason_ours", "could_have_known", "signs",
)  # fmt: skip


@transaction.atomic
def assess_loss(
    *,
    customer: Customer,
    assessor: User | None,
    assessor_name: str,
    today: date,
    theirs: Collection[Requirement] = (),
    ours: Collection[Requirement] = (),
    **said: Any,
) -> LossAssessment:
    """Keep why a customer was lost on a day, with the requirements that were not met.

    Raises ValidationError by field: for a day in the future, without any reason, for somebody of another customer.
    """
    loss = LossAssessment(
        customer=customer, assessed_by=assessor, assessed_by_name=assessor_name[:LONGEST_NAME], assessed_on=today
    )
    apply_changes(loss, said, allowed=FIELDS)
    check_loss(loss, today)
    loss.save()
    code_loss(loss, theirs, ours)
    return loss


@transaction.atomic
def change_loss(
    *,
    loss: LossAssessment,
    changes: Mapping[str, Any],
    today: date,
    theirs: Collection[Requirement] | None = None,
    ours: Collection[Requirement] | None = None,
) -> LossAssessment:
    """Change an assessment; requirements that are given take the place of those that were there."""
    locked = LossAssessment.objects.select_for_update(of=("self",)).select_related("customer").get(pk=loss.pk)
    apply_changes(locked, changes, allowed=FIELDS)
    check_loss(locked, today)
    locked.save()
    code_loss(locked, theirs, ours)
    return locked


@transaction.atomic
def remove_loss(*, loss: LossAssessment) -> None:
    """Take back an assessment that was never true."""
    LossAssessment.objects.filter(pk=loss.pk).delete()


def check_loss(loss: LossAssessment, today: date) -> None:
    loss.full_clean(exclude={"contact", "assessed_by"})
    check_not_ahead("lost_on", loss.lost_on, today)
    if "\0" in loss.reason_theirs + loss.reason_ours:
        raise ValidationError(_("A reason cannot have the character NUL. Type it anew."), code="text")
    if loss.contact is not None:
        check_told_by(loss, Contact.objects.select_for_update(no_key=True).get(pk=loss.contact.pk))


def check_told_by(loss: LossAssessment | Involvement, contact: Contact) -> None:
    """Whoever told us belongs to the customer, or to one that was merged into it, and was not erased meanwhile."""
    check_not_erased(contact)
    if loss.customer_id not in {contact.customer_id, contact.customer.merged_into_id}:
        message = _("%(name)s belongs to another customer. Choose somebody of this one.")
        raise ValidationError({"contact": ValidationError(message, code="other", params={"name": contact.name})})


def code_loss(
    loss: LossAssessment, theirs: Collection[Requirement] | None, ours: Collection[Requirement] | None
) -> None:
    for source, requirements in ((Source.THEIRS, theirs), (Source.OURS, ours)):
        if requirements is None:
            continue
        loss.reasons.filter(source=source).exclude(requirement__in=requirements).delete()
        there = set(loss.reasons.filter(source=source).values_list("requirement_id", flat=True))
        LossReason.objects.bulk_create(
            LossReason(loss=loss, requirement=each, source=source)
            for each in dict.fromkeys(requirements)
            if each.pk not in there
        )


# ---- Reading


def losses() -> QuerySet[LossAssessment]:
    """Return all assessments with their customers and requirements, counted (2 queries)."""
    reasons = LossReason.objects.select_related("requirement").order_by("requirement__reference", "source")
    related = LossAssessment.objects.select_related("customer", "contact", "assessed_by")
    each = LossReason.objects.filter(loss=OuterRef("pk")).order_by().values("loss")
    count = each.annotate(count=Count("requirement", distinct=True)).values("count")
    counted = related.annotate(requirement_count=Coalesce(Subquery(count), 0))
    return counted.prefetch_related(Prefetch("reasons", queryset=reasons))


def all_losses() -> QuerySet[LossAssessment]:
    return LossAssessment.objects.all()


def reasons_of(ids: Collection[int], source: str) -> list[tuple[int, int]]:
    """Return (loss, requirement) of these losses, as they say or as our records say (1 query)."""
    rows = LossReason.objects.filter(loss__in=ids, source=source).order_by("loss", "requirement")
    return list(rows.values_list("loss_id", "requirement_id"))


def losses_of(customer_id: int) -> QuerySet[LossAssessment]:
    """Return the losses of a customer and of those that were merged into it, newest first."""
    return losses().filter(Q(customer=customer_id) | Q(customer__merged_into=customer_id))


def value_of(rows: QuerySet[LossAssessment]) -> int:
    return rows.order_by().aggregate(total=Sum("value_lost"))["total"] or 0


def references_of(loss: LossAssessment) -> str:
    """Return the requirements behind a loss, each once: 'D-1, S-4'."""
    return ", ".join(dict.fromkeys(reason.requirement.reference for reason in loss.reasons.all()))
