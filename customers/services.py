from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import ProtectedError, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.erasures import erased_marks
from customers.hearing import hearing
from customers.models import Contact, Customer, Lifecycle, LifecyclePeriod, ProductUse, Stratum, ValueBand
from customers.places import REGION_OF
from functions.models import Function, check_time_zone
from jobs.models import Marker
from jobs.services import leave_markers, mark_customer, mark_register
from requirements_catalog.models import Product
from web.changes import apply_changes

# A customer whose history nobody wrote down has stood where it stands since before our records began.
BEFORE_RECORDS = date(1900, 1, 1)


# ---- Segments


def stratum_of(*, customer: Customer, on: date | None = None) -> Stratum:
    """Return the segment in which the customer stands, made if it is the first one there.

    With `on`, the lifecycle is that of the day, as far as it is recorded.
    """
    stratum, _made = Stratum.objects.get_or_create(
        lifecycle=customer.lifecycle if on is None else lifecycle_on(customer, on),
        industry=customer.industry,
        region=customer.region,
        size_band=customer.size_band,
    )
    return stratum


def lifecycle_on(customer: Customer, day: date) -> str:
    period = customer.lifecycle_periods.filter(since_on__lte=day).order_by("-since_on").first()
    return period.lifecycle if period else customer.lifecycle


# ---- Customers


@transaction.atomic
def create_customer(
    *,
    name: str,
    today: date,
    lifecycle: str = Lifecycle.CURRENT,
    since_on: date | None = None,
    function: Function | None = None,
    country: str = "",
    region: str = "",
    industry: str = "",
    size_band: str = "",
    value_band: ValueBand | None = None,
    domain: str = "",
    external_id: str = "",
) -> Customer:
    """Add a customer to the register; the country decides the region, which counts alone where no country is known.

    Raises ValidationError by field.
    """
    customer = Customer(
        name=name.strip(),
        lifecycle=lifecycle,
        function=function,
        country=country,
        region=region,
        industry=industry,
        size_band=size_band,
        value_band=value_band,
        domain=domain.strip(),
        external_id=external_id.strip(),
    )
    check_customer(customer)
    check_not_ahead("since_on", since_on, today)
    customer.save()
    if since_on:
        LifecyclePeriod.objects.create(customer=customer, lifecycle=lifecycle, since_on=since_on)
    mark_register()
    return customer


def check_customer(customer: Customer) -> None:
    """Derive the region and check the whole row."""
    follow_country(customer)
    customer.full_clean(exclude={"value_band", "merged_into"})


def follow_country(customer: Customer) -> None:
    """Set the region to that of the country; without a country it stays."""
    if code := str(customer.country or ""):
        customer.region = REGION_OF.get(code, "")


def check_not_ahead(field: str, day: date | None, today: date) -> None:
    if day is not None and day > today:
        message, params = _("%(day)s lies in the future. Enter today or earlier."), {"day": day.isoformat()}
        raise ValidationError({field: ValidationError(message, code="future", params=params)})


CUSTOMER_FIELDS = ("name", "industry", "country", "size_band", "value_band", "domain", "external_id", "is_active")
SEGMENT_FIELDS = ("industry", "region", "size_band")
# A change of these moves a customer in the register: its share of it, or its segment.
PLACING_FIELDS = frozenset((*SEGMENT_FIELDS, "country", "value_band", "is_active"))


@transaction.atomic
def update_customer(*, customer: Customer, changes: Mapping[str, Any], is_correction: bool = False) -> Customer:
    """Change a customer. Interviews keep the segment of their day, unless the entry was wrong: then it is restated.

    Raises ValidationError by field. The lifecycle has services of its own.
    """
    locked = lock_customer(customer)
    old = {name: str(getattr(locked, name)) for name in (*SEGMENT_FIELDS, "country")}
    changed = set_changes(locked, changes)
    check_customer(locked)
    locked.save()
    moved = {name: value for name, value in old.items() if str(getattr(locked, name)) != value}
    if "value_band" in changed or (is_correction and moved and restate_segment(locked, moved)):
        mark_customer(customer_id=locked.pk)
    if moved or changed & {"value_band", "is_active"}:
        mark_register()
    return locked


def set_changes(customer: Customer, changes: Mapping[str, Any]) -> set[str]:
    """Set what differs and return its names; a region that was the old country's does not outlive it."""
    changed = apply_changes(customer, changes, allowed=(*CUSTOMER_FIELDS, "region"))
    if "country" in changed and "region" not in changes:
        customer.region = ""
    return changed


def lock_customer(customer: Customer) -> Customer:
    """Read a customer anew under a row lock; one that was merged away does not change until that is undone."""
    locked = Customer.objects.select_for_update().get(pk=customer.pk)
    check_not_merged(locked)
    return locked


def check_not_merged(locked: Customer) -> None:
    if locked.merged_into is not None:
        raise ValidationError(
            _("%(name)s was merged into %(root)s. Change that one, or undo the merge."),
            code="merged",
            params={"name": locked.name, "root": locked.merged_into.name},
        )


def restate_segment(customer: Customer, moved: Mapping[str, str]) -> bool:
    """Put the right entry in place of the wrong one in the interviews that carry it; say whether any did."""
    # Interviews are a room above; their rows are reached through the relation, in the same transaction.
    interviews = customer.interviews.all()
    restated = 0
    for stratum in Stratum.objects.filter(pk__in=interviews.values("stratum")).order_by("pk"):
        right = {name: getattr(customer, name) for name in moved if getattr(stratum, name, None) == moved[name]}
        restated += _move_interviews(interviews.filter(stratum=stratum), stratum, right)
    if "country" in moved:
        restated += interviews.filter(country=moved["country"]).update(country=str(customer.country))
    return bool(restated)


def _move_interviews(interviews: Any, stratum: Stratum, right: Mapping[str, Any]) -> int:
    if not right:
        return 0
    segment = {name: getattr(stratum, name) for name in ("lifecycle", *SEGMENT_FIELDS)}
    other, _made = Stratum.objects.get_or_create(**(segment | dict(right)))
    return int(interviews.update(stratum=other))


# ---- Lifecycle


@transaction.atomic
def change_lifecycle(*, customer: Customer, lifecycle: str, since_on: date, today: date) -> Customer:
    """Record that a customer has been prospective, current or past since a day; interviews held since then follow.

    Raises ValidationError for a day in the future and for a second change on the same day.
    """
    locked = lock_customer(customer)
    check_lifecycle(locked, lifecycle)
    check_not_ahead("since_on", since_on, today)
    if not locked.lifecycle_periods.exists() and lifecycle != locked.lifecycle:
        LifecyclePeriod.objects.create(customer=locked, lifecycle=locked.lifecycle, since_on=BEFORE_RECORDS)
    if locked.lifecycle_periods.filter(since_on=since_on).exists():
        message, params = _("The lifecycle changed on %(day)s already. Correct that entry."), {"day": since_on}
        raise ValidationError({"since_on": ValidationError(message, code="same_day", params=params)})
    LifecyclePeriod.objects.create(customer=locked, lifecycle=lifecycle, since_on=since_on)
    return _follow_periods(locked, today)


@transaction.atomic
def correct_lifecycle(*, customer: Customer, lifecycle: str, today: date, since_on: date | None = None) -> Customer:
    """Say that the newest entry was wrong: its lifecycle, or its day. Interviews held since then are restated."""
    locked = lock_customer(customer)
    check_lifecycle(locked, lifecycle)
    check_not_ahead("since_on", since_on, today)
    period = locked.lifecycle_periods.order_by("-since_on").first()
    if period is None:
        if since_on is None:
            locked.lifecycle = lifecycle
            return _follow_periods(locked, today)
        period = LifecyclePeriod(customer=locked, since_on=since_on)
    before = locked.lifecycle_periods.exclude(pk=period.pk).order_by("-since_on").first()
    if since_on and before and since_on <= before.since_on:
        message, params = _("The entry before is of %(day)s. Enter a later day."), {"day": before.since_on}
        raise ValidationError({"since_on": ValidationError(message, code="order", params=params)})
    period.lifecycle, period.since_on = lifecycle, since_on or period.since_on
    period.save()
    return _follow_periods(locked, today)


@transaction.atomic
def restore_lifecycle(
    *,
    customer: Customer,
    lifecycle: str,
    periods: Sequence[tuple[str, date]],
    segments: Mapping[int, int],
    today: date,
) -> Customer:
    """Put lifecycle, periods and the segments of interviews (by id) back as they were before a change.

    An interview held since then gets the segment that the periods give it.
    """
    locked = lock_customer(customer)
    locked.lifecycle_periods.all().delete()
    locked.lifecycle_periods.bulk_create(
        LifecyclePeriod(customer=locked, lifecycle=each, since_on=since_on) for each, since_on in periods
    )
    locked.lifecycle = lifecycle
    _follow_periods(locked, today)
    for interview in locked.interviews.filter(pk__in=segments):
        if interview.stratum_id != segments[interview.pk]:
            locked.interviews.filter(pk=interview.pk).update(stratum=segments[interview.pk])
    mark_customer(customer_id=locked.pk)
    return locked


def check_lifecycle(customer: Customer, lifecycle: str) -> None:
    """A function stays an internal customer; whoever is none is past, current or prospective."""
    fits = {Lifecycle.INTERNAL} if customer.function_id else set(Lifecycle) - {Lifecycle.INTERNAL}
    if lifecycle not in fits:
        words = ", ".join(str(each.label) for each in Lifecycle if each in fits)
        message, params = _("This customer can be: %(words)s."), {"words": words}
        raise ValidationError({"lifecycle": ValidationError(message, code="lifecycle", params=params)})


def _follow_periods(customer: Customer, today: date) -> Customer:
    """Bring the customer and the segments of its interviews to what the periods say."""
    periods = list(customer.lifecycle_periods.order_by("-since_on"))
    if periods:
        customer.lifecycle = next((each.lifecycle for each in periods if each.since_on <= today), customer.lifecycle)
    check_customer(customer)
    customer.save()
    if _restate_lifecycles(customer, periods):
        mark_customer(customer_id=customer.pk)
    mark_register()
    return customer


def _restate_lifecycles(customer: Customer, periods: list[LifecyclePeriod]) -> bool:
    restated, until = 0, None
    spans = [(each.lifecycle, each.since_on) for each in periods] or [(customer.lifecycle, BEFORE_RECORDS)]
    for lifecycle, since_on in spans:
        held = customer.interviews.filter(held_on__gte=since_on).exclude(stratum__lifecycle=lifecycle)
        if until:
            held = held.filter(held_on__lt=until)
        for stratum in Stratum.objects.filter(pk__in=held.values("stratum")).order_by("pk"):
            restated += _move_interviews(held.filter(stratum=stratum), stratum, {"lifecycle": lifecycle})
        until = since_on
    return bool(restated)


# ---- Merging


@transaction.atomic
def merge_customers(*, customer: Customer, into: Customer) -> Customer:
    """Let `customer` count as part of `into`; its contacts, interviews and product uses stay where they are.

    What was merged into it before points to `into` as well, so that there are no chains.
    """
    if customer.pk == into.pk:
        raise merge_error(_("A customer cannot be merged into itself."), "itself")
    # By id, so that two merges of the same pair wait for each other instead of deadlocking.
    list(Customer.objects.select_for_update().filter(pk__in=[customer.pk, into.pk]).order_by("pk"))
    member, root = lock_customer(customer), lock_customer(into)
    if Lifecycle.INTERNAL in {member.lifecycle, root.lifecycle}:
        raise merge_error(_("An internal customer is a function, so it is not merged."), "internal")
    if not root.is_active:
        raise merge_error(_("%(root)s is not active. Reactivate it first."), "inactive", root=root.name)
    with hearing({member.pk, root.pk}):
        member.merged.update(merged_into=root)
        member.merged_into = root
        member.save(update_fields=["merged_into"])
    _mark_merge(member, root)
    return member


def merge_error(message: Any, code: str, **params: Any) -> ValidationError:
    return ValidationError({"into": ValidationError(message, code=code, params=params)})


@transaction.atomic
def undo_merge(*, customer: Customer) -> Customer:
    """Let a merged customer stand for itself again."""
    with hearing({customer.pk}):  # It locks both.
        locked = Customer.objects.get(pk=customer.pk)
        root = locked.merged_into
        if root is None:
            raise ValidationError(_("%(name)s is not merged."), code="not_merged", params={"name": locked.name})
        locked.merged_into = None
        locked.save(update_fields=["merged_into"])
    _mark_merge(locked, root)
    return locked


def _mark_merge(member: Customer, root: Customer) -> None:
    leave_markers(kind=Marker.Kind.CUSTOMER, keys=[(key, 0) for key in sorted([member.pk, root.pk])])
    mark_register()


# ---- Contacts: who was asked stays in the evidence, so contacts are deactivated, not deleted

CONTACT_FIELDS = (
    "name", "position", "email", "language", "time_zone", "consent_on", "consent_source", "is_opted_out", "is_active",
    "external_id",
)  # fmt: skip


@transaction.atomic
def create_contact(*, customer: Customer, name: str, today: date, **others: Any) -> Contact:
    """Add a person at a customer; raises ValidationError by field."""
    contact = Contact(customer=customer)
    apply_changes(contact, {"name": name.strip(), **others}, allowed=CONTACT_FIELDS)
    check_contact(contact, today)
    contact.save()
    return contact


@transaction.atomic
def update_contact(*, contact: Contact, changes: Mapping[str, Any], today: date) -> Contact:
    """Change what is known of a person, or whether the person may be asked; answers given stay counted."""
    locked = Contact.objects.select_for_update().get(pk=contact.pk)
    check_not_erased(locked)
    apply_changes(locked, changes, allowed=CONTACT_FIELDS)
    if not locked.is_opted_out:
        locked.opted_out_on, locked.opted_out_source = None, ""
    check_contact(locked, today)
    locked.save()
    return locked


@transaction.atomic
def opt_out(*, contact: Contact, on: date, source: str) -> bool:
    """Note that a person does not want to be asked, since when and where that was said; the first time counts."""
    willing = Contact.objects.filter(pk=contact.pk, is_opted_out=False)
    return bool(willing.update(is_opted_out=True, opted_out_on=on, opted_out_source=source[:120]))


@transaction.atomic
def record_consent(*, contacts: QuerySet[Contact], consent_on: date, source: str, today: date) -> int:
    """Record that these people agreed to be asked, on one day and in one way; return how many they are."""
    check_not_ahead("consent_on", consent_on, today)
    return contacts.filter(erased_on=None).update(consent_on=consent_on, consent_source=source)


def check_not_erased(contact: Contact) -> None:
    """Raise ValidationError for a contact who is only a number any more."""
    if contact.erased_on is not None:
        message = _("This person's data was erased on %(day)s, so nothing is stored about the person any more.")
        raise ValidationError(message, code="erased", params={"day": contact.erased_on.isoformat()})


def check_contact(contact: Contact, today: date) -> None:
    contact.full_clean(exclude={"customer"})
    check_not_ahead("consent_on", contact.consent_on, today)
    check_comes_back_by_consent(contact, erased_marks(contact.marks))
    if contact.time_zone:
        try:
            check_time_zone(contact.time_zone)
        except ValidationError as error:
            raise ValidationError({"time_zone": error}) from None


def check_comes_back_by_consent(contact: Contact, erased: Mapping[str, datetime]) -> None:
    """Raise ValidationError for somebody who was erased, unless there is a newer consent.

    `erased`: the marks of those, and when. Whoever asked to be forgotten does not come back by a list.
    """
    days = [erased[mark].date() for mark in contact.marks if mark in erased]
    if days and (contact.consent_on is None or contact.consent_on < max(days)):
        message = _(
            "A person with this address or id was erased on %(day)s and asked for it. Leave the person out, or enter a "
            "consent given since then."
        )
        field, params = "email" if contact.email in erased else "external_id", {"day": max(days).isoformat()}
        raise ValidationError({field: ValidationError(message, code="erased", params=params)})


# ---- Product use


@transaction.atomic
def create_product_use(
    *,
    customer: Customer,
    product: Product,
    kind: str = ProductUse.Kind.USED,
    since_on: date | None = None,
    until_on: date | None = None,
    uniqueness: str = "",
) -> ProductUse:
    """Say that a customer uses a product, or considers it; once per product and kind."""
    use = ProductUse(
        customer=customer,
        product=product,
        kind=kind,
        since_on=since_on,
        until_on=until_on,
        uniqueness=uniqueness.strip(),
    )
    use.full_clean()
    use.save()
    mark_register()
    return use


@transaction.atomic
def update_product_use(*, use: ProductUse, changes: Mapping[str, Any]) -> ProductUse:
    locked = ProductUse.objects.select_for_update().get(pk=use.pk)
    changed = apply_changes(locked, changes, allowed=["kind", "since_on", "until_on", "uniqueness"])
    locked.full_clean()
    locked.save()
    if changed - {"uniqueness"}:
        mark_register()
    return locked


@transaction.atomic
def delete_product_use(*, use: ProductUse) -> None:
    """Take back an entry that was never true; a use that ended gets an end date instead."""
    ProductUse.objects.filter(pk=use.pk).delete()
    mark_register()


# ---- Value bands


@transaction.atomic
def create_value_band(*, name: str, weight: int, position: int = 0) -> ValueBand:
    band = ValueBand(name=name.strip(), weight=weight, position=position)
    band.full_clean()
    band.save()
    return band


@transaction.atomic
def update_value_band(*, band: ValueBand, changes: Mapping[str, Any]) -> ValueBand:
    """Change a band; a new weight works out anew whatever its customers said."""
    locked = ValueBand.objects.select_for_update().get(pk=band.pk)
    changed = apply_changes(locked, changes, allowed=["name", "weight", "position"])
    locked.full_clean()
    locked.save()
    if "weight" in changed:
        customers = locked.customers.filter(merged_into=None).order_by("pk").values_list("pk", flat=True)
        leave_markers(kind=Marker.Kind.CUSTOMER, keys=[(pk, 0) for pk in customers])
        mark_register()
    return locked


@transaction.atomic
def delete_value_band(*, band: ValueBand) -> None:
    """Delete a band that no customer is in."""
    try:
        ValueBand.objects.get(pk=band.pk).delete()
    except ProtectedError:
        raise ValidationError(
            _("Customers are in the band '%(name)s'. Move them to another band first."),
            code="in_use",
            params={"name": band.name},
        ) from None
