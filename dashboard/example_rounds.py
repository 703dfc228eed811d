"""The example's rounds: their plans, whom nobody has heard yet, who may be asked and who was."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from customers.models import Contact, Customer, Lifecycle, ProductUse, ValueBand
from customers.services import create_contact, create_customer, create_product_use, record_consent, update_contact
from dashboard.round_plan import USUAL_RULE, plan_by_rule
from functions.selectors import program, program_day
from gap_scores.register import register_cells
from gap_scores.voices import register_of_products
from improvements.ambassadors import agree, record_ask
from improvements.models import Ambassador
from improvements.standing import newest_completed
from interviews.coding import code_verbatim
from interviews.guide_files import bring_in, read_file
from interviews.guide_services import launch_version
from interviews.guided_services import put_loyalty
from interviews.inviting import invite
from interviews.involvement import note_involvement
from interviews.links import say_whether_understood
from interviews.losses import assess_loss
from interviews.models import Round
from interviews.parts import Importance, Perception, RequiredLevel
from interviews.selectors import scales
from interviews.services import complete_interview, plan_interview, record_answer, record_verbatim, update_round
from requirements_catalog.models import Product, Requirement
from web.months import months_after

Row = Mapping[str, Any]


def make_rounds_of_example(catalogue: Row, *, guide: bytes, months: int, now: datetime) -> None:
    """Add customers without a voice, record consent, plan the rounds and ask the first by a guide, as people would."""
    today = program_day(now)
    for row in catalogue["customers"]:
        _add_customer(row, months, today)
    _agree(catalogue["consent"], months, today)
    cells = register_cells(as_of=today)
    for row in catalogue["rounds"]:
        if "plan" in row:
            wave = Round.objects.get(name=row["name"])
            register = register_of_products(wave.products.values_list("pk", flat=True), cells=cells)
            plan_by_rule(wave=wave, rule=USUAL_RULE | row["plan"], register=register, gaps={}, now=now)
    in_the_field = ask_by_guide(Round.objects.get(name=catalogue["asked_in"]), guide, now)
    for row in catalogue["asked"]:
        plan_interview(
            contact=Contact.objects.get(name=row["person"]),
            round=in_the_field,
            held_on=months_after(row["held_on"], months),
            mode=row["mode"],
            state=row["state"],
        )
    _invite(catalogue["invited"], in_the_field, now, today)
    for row in catalogue["second_wave"]:
        _ask_again(row, in_the_field, catalogue["coder"], months, now)
    for row in catalogue["involvements"]:
        _note(row, catalogue["assessor"], months, today)


def _note(row: Row, noter: str, months: int, today: date) -> None:
    note_involvement(
        customer=Customer.objects.get(name=row["customer"]),
        product=Product.objects.get(name=row["product"]),
        noted_by=None,
        noted_by_name=noter,
        today=today,
        stage=row["stage"],
        involved_on=months_after(row["on"], months),
        how=row["how"],
    )


def _invite(rows: Sequence[Row], wave: Round, now: datetime, today: date) -> None:
    its = program()
    for row in rows:
        contact = Contact.objects.select_related("customer").get(name=row["person"])
        update_contact(contact=contact, changes={"email": row["email"]}, today=today)
        again = its.ask_again_days if its else 0
        invite(contacts=[contact], round=wave, invited_by=None, now=now, today=today, ask_again_days=again)


def _ask_again(row: Row, wave: Round, coder: str, months: int, now: datetime) -> None:
    """Hold an interview with somebody who answered in an earlier round."""
    held_on = months_after(row["held_on"], months)
    contact = Contact.objects.get(name=row["person"], customer__name=row["company"])
    interview = plan_interview(contact=contact, round=wave, held_on=held_on, mode=row["mode"])
    importance, rating = scales()
    for said in row["answers"]:
        requirement = Requirement.objects.get(reference=said["requirement"])
        record_answer(
            interview=interview,
            requirement=requirement,
            product=requirement.products.get(),
            importance=Importance.rated(said["importance"], importance),
            level=RequiredLevel.known(said["level"]),
            perception=Perception.rated(said["perceived"], rating, said["expected"]),
        )
    for measure, rating in row.get("loyalty", {}).items():
        put_loyalty(interview, wave.products.order_by("pk")[0], measure, rating=rating)
    if "words" in row:
        verbatim = record_verbatim(interview=interview, text=row["words"])
        code_verbatim(verbatim=verbatim, coder_name=coder, requirement=Requirement.objects.get(reference=row["about"]))
    complete_interview(interview=interview, now=now, today=held_on)


def ask_by_guide(wave: Round, guide: bytes, now: datetime) -> Round:
    version = launch_version(version=bring_in(document=read_file(guide)), now=now)
    return update_round(
        round=wave,
        name=wave.name,
        products=list(wave.products.all()),
        starts_on=wave.starts_on,
        ends_on=wave.ends_on,
        guide_version=version,
        stage=wave.stage,
    )


def assess_losses_of_example(catalogue: Row, *, months: int, now: datetime) -> None:
    """Add why past customers left, each on its moved day."""
    by_reference = {each.reference: each for each in Requirement.objects.all()}
    for row in catalogue["losses"]:
        assess_loss(
            customer=Customer.objects.get(name=row["customer"]),
            assessor=None,
            assessor_name=catalogue["assessor"],
            today=program_day(now),
            lost_on=months_after(row["lost_on"], months),
            value_lost=row.get("value"),
            competitor=row.get("competitor", ""),
            theirs=[by_reference[reference] for reference in row["theirs"]],
            ours=[by_reference[reference] for reference in row["ours"]],
            reason_theirs=row.get("reason_theirs", ""),
            reason_ours=row["reason_ours"],
            could_have_known=row["known"],
            signs=row.get("signs", ""),
        )


def make_ambassadors_of_example(catalogue: Row, *, months: int, now: datetime) -> None:
    """Add who agreed to speak for us, what they confirmed and what they were asked; how they stand nobody writes."""
    today, who = program_day(now), catalogue["assessor"]
    for row in catalogue["ambassadors"]:
        customer = Customer.objects.get(name=row["customer"])
        ambassador = agree(
            contact=customer.contacts.order_by("pk")[0],
            agreed_on=months_after(row["agreed_on"], months),
            agreed_source=row["source"],
            noted_by=None,
            noted_by_name=who,
            today=today,
        )
        heard = newest_completed(customer.pk)
        if heard is not None and "understood_on" in row:
            said_on = months_after(row["understood_on"], months)
            say_whether_understood(interview=heard, is_understood=True, today=said_on)
        for ask in row.get("asks", ()):
            _ask(ambassador, ask, who, months, today)


def _ask(ambassador: Ambassador, row: Row, who: str, months: int, today: date) -> None:
    record_ask(
        ambassador=ambassador,
        prospect=Customer.objects.get(name=row["prospect"]),
        asked_by=None,
        asked_by_name=who,
        today=today,
        asked_on=months_after(row["asked_on"], months),
        kind=row["kind"],
        about=row["about"],
        outcome=row["outcome"],
        outcome_on=months_after(row["outcome_on"], months),
        outcome_words=row["words"],
    )


def _add_customer(row: Row, months: int, today: date) -> None:
    customer = create_customer(
        name=row["name"],
        today=today,
        lifecycle=row["lifecycle"],
        since_on=months_after(row["since"], months),
        country=row["country"],
        industry=row["industry"],
        size_band=row["size_band"],
        value_band=ValueBand.objects.get(name=row["band"]),
    )
    create_contact(customer=customer, name=row["contact"], today=today)
    kind = ProductUse.Kind.CONSIDERED if row["lifecycle"] == Lifecycle.PROSPECTIVE else ProductUse.Kind.USED
    create_product_use(customer=customer, product=Product.objects.get(name=row["product"]), kind=kind)


def _agree(row: Row, months: int, today: date) -> None:
    agreed = Contact.objects.exclude(name__in=row["without"])
    record_consent(contacts=agreed, consent_on=months_after(row["on"], months), source=row["source"], today=today)
    for contact in Contact.objects.filter(name__in=row["opted_out"]):
        update_contact(contact=contact, changes={"is_opted_out": True}, today=today)
