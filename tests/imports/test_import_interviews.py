# ruff: noqa: E501  # sentences are compared whole
from datetime import date
from fractions import Fraction
from io import StringIO

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from customers.models import Contact, Customer, LifecyclePeriod, ProductUse, ValueBand
from interviews import recording
from interviews.guide_models import KanoAnswer, LoyaltyAnswer
from interviews.imports import import_interviews
from interviews.models import Answer, Coding, Interview, Part, Verbatim
from jobs.models import Marker
from tests.factories.interviews import RoundFactory
from tests.factories.requirements_catalog import ProductFactory, RequirementFactory

pytestmark = pytest.mark.django_db

MAPPING = """
[codes]
not_applicable = ["0"]
does_not_know = ["?"]

[interview]
source = {value = "survey"}
external_id = "id"
held_on = "day"
round = {value = "Spring"}
mode = {value = "phone"}
product = {value = "Press"}

[customer]
external_id = {template = "c{firm}"}
name = "company"
country = {column = "country", map = {Benelux = "NL", Germany = "Germany", de = "de", Atlantis = "Atlantis"}}
size = "staff"

[contact]
external_id = "id"
name = {template = "Person {id}"}

[[answers]]
requirement = "R-1"
importance = {column = "i1", scale = "Importance 1 to 3"}
perceived = {column = "q1", scale = "1 to 5"}
required = {column = "t1", unit = "hours"}

[[words]]
text = "said"
language = {value = "en"}
requirements = "about"
coder = {value = "A. Coder"}
"""
HEADER = "id,day,firm,company,country,staff,i1,q1,t1,said,about"
ROW = "7,2026-02-03,3,Albers Druck,Benelux,120,3,2,8,We run at night.,R-1"


@pytest.fixture
def requirement(noon):
    RoundFactory(name="Spring")
    return RequirementFactory(reference="R-1", products=[ProductFactory(name="Press")], scale={})


@pytest.fixture
def run(write, noon, requirement):
    """Import rows under the common header and return the report."""

    def run_rows(*rows, mapping=MAPPING, header=HEADER, dry_run=False, **others):
        path, mapping_path = write("rows.csv", "\n".join([header, *rows])), write("mapping.toml", mapping)
        return import_interviews(path=path, mapping_path=mapping_path, dry_run=dry_run, now=noon, **others)

    return run_rows


def said(report):
    return [str(error) for error in report.errors]


def changed(**cells):
    """Return the row with some cells changed."""
    return ",".join({**dict(zip(HEADER.split(","), ROW.split(","), strict=True)), **cells}.values())


def assert_nothing_written():
    assert not Interview.objects.exists()
    assert not Customer.objects.exists()
    assert not Contact.objects.exists()
    assert not Marker.objects.exists()


def test_a_row_becomes_a_completed_interview_with_answers_words_and_a_customer(run, noon, requirement):
    report = run(ROW)

    assert report.errors == []
    assert dict(report.created) == {
        "customers": 1, "contacts": 1, "interviews": 1, "answers": 1, "verbatims": 1, "codings": 1
    }  # fmt: skip
    interview = Interview.objects.select_related("customer", "contact", "stratum").get()
    assert (interview.state, interview.held_on, interview.mode) == ("completed", date(2026, 2, 3), "phone")
    assert (interview.completed_at, interview.source, interview.external_id) == (noon, "survey", "7")
    customer = interview.customer
    assert (customer.name, customer.external_id, customer.lifecycle) == ("Albers Druck", "c3", "current")
    assert (str(customer.country), customer.region, customer.size_band) == ("NL", "europe-west", "50-249")
    assert (interview.country, interview.stratum.region, interview.stratum.size_band) == ("NL", "europe-west", "50-249")
    assert (interview.contact.name, interview.contact.external_id) == ("Person 7", "7")
    answer = Answer.objects.get()
    assert Fraction(answer.importance_num, answer.importance_den) == 10
    assert (answer.required_level, answer.perceived_rating, answer.rating_scale.name) == (8, 2, "1 to 5")
    assert answer.scale_version == requirement.current_scale
    assert Verbatim.objects.get().text == "We run at night."
    assert Coding.objects.values_list("requirement__reference", "coder_name").get() == ("R-1", "A. Coder")
    assert list(Marker.objects.values_list("kind", "key1", "key2")) == [
        (Marker.Kind.REGISTER, 0, 0),
        (Marker.Kind.UNIT, customer.pk, requirement.pk),
    ]


def test_a_second_run_changes_nothing(run):
    run(ROW)
    Marker.objects.all().delete()

    report = run(ROW)

    assert (dict(report.created), report.errors) == ({}, [])
    assert report.unchanged["interviews"] == 1
    assert (Interview.objects.count(), Answer.objects.count(), Verbatim.objects.count()) == (1, 1, 1)
    assert not Marker.objects.exists()


@pytest.mark.parametrize(
    "cells", [{"q1": "3"}, {"day": "2026-02-04"}, {"t1": ""}, {"said": "We run by day."}, {"i1": "?"}]
)
def test_the_same_id_with_other_content_is_an_error_that_names_the_row(run, cells):
    run(ROW)

    report = run(changed(**cells))

    assert said(report) == [
        "row 2, id, '7': The interview '7' of the source 'survey' is stored with other content. Give this one its own id."
    ]
    assert Answer.objects.get().perceived_rating == 2


def test_the_same_id_twice_in_a_file_is_one_interview_or_an_error(run):
    report = run(ROW, changed(q1="5"))
    assert [(error.row, error.column) for error in report.errors] == [(3, "id")]
    assert_nothing_written()
    report = run(ROW, ROW)
    assert (report.created["interviews"], report.unchanged["interviews"]) == (1, 1)


def test_words_that_were_added_since_do_not_make_an_interview_another_one(run):
    run(ROW)
    Verbatim.objects.create(interview=Interview.objects.get(), text="And on Sundays.", position=1)
    assert run(ROW).errors == []


def test_a_customer_with_another_value_is_an_error_that_names_the_column(run):
    run(ROW)
    report = run(changed(id="8", company="Albers Packaging", staff="9"))
    assert said(report) == [
        "row 2, company, 'Albers Packaging': The customer 'c3' is registered with 'Albers Druck'. Correct one of the two.",
        "row 2, staff, '9': The customer 'c3' is registered with '50-249'. Correct one of the two.",
    ]


def test_colleagues_share_their_customer(run):
    report = run(ROW, changed(id="8"))
    assert (report.created["customers"], report.created["contacts"], report.created["interviews"]) == (1, 2, 2)


def test_a_dry_run_counts_and_writes_nothing(run):
    assert run(ROW, dry_run=True).created["interviews"] == 1
    assert_nothing_written()


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"day": "2026-02-30"}, "row 2, day, '2026-02-30': it is no day of the calendar in the form %Y-%m-%d"),
        ({"day": "2026-03-17"}, ("row 2, day, '2026-03-17': 2026-03-17 lies in the future. "
         "A completed interview was held today or earlier.")),
        ({"day": ""}, "row 2, day, '': the day of the interview is missing"),
        ({"id": ""}, "row 2, id, '': the contact's external id is missing"),
        ({"company": ""}, "row 2, company, '': the customer's name is missing"),
        ({"company": "x" * 161}, f"row 2, company, '{'x' * 80}…': Ensure this value has at most 160 characters (it has 161)."),
        ({"country": "Atlantis"}, ("row 2, country, 'Atlantis': it is no country of ISO 3166. Did you mean 'Albania'? Write its two letters, "
         "or translate it by customer.country.map")),
        ({"country": "Utopia"}, "row 2, country, 'Utopia': the mapping translates only 'Benelux', 'Germany', 'de', 'Atlantis'"),
        ({"staff": "many"}, ("row 2, staff, 'many': it is no size: write a number of employees, or one of "
         "1-9, 10-49, 50-249, 250+")),
        ({"q1": "6"}, "row 2, q1, '6': 6 is not a point of the scale '1 to 5': whole numbers from 1 to 5."),
        ({"q1": "2.5"}, "row 2, q1, '2.5': it is not a whole number"),
        ({"q1": "NaN"}, "row 2, q1, 'NaN': it is not a number"),
        ({"i1": "4"}, "row 2, i1, '4': 4 is not a point of the scale 'Importance 1 to 3': whole numbers from 1 to 3."),
        ({"t1": "1e309"}, "row 2, t1, '1e309': it is out of range: numbers lie between -10^12 and 10^12"),
        ({"t1": "1e12"}, "row 2, t1, '1e12': Enter a number between -10^12 and 10^12."),
        ({"t1": "0.1234567"}, "row 2, t1, '0.1234567': Enter a number with at most 6 decimal places."),
        ({"about": "R-2"}, "row 2, about, 'R-2': there is no requirement of this name. Did you mean 'R-1'?"),
    ],
)  # fmt: skip
def test_a_bad_cell_is_named_with_its_row_column_value_and_reason(run, cells, reason):
    report = run(changed(**cells))
    assert reason in said(report)
    assert_nothing_written()


def test_every_fault_of_a_row_and_of_the_file_is_found_in_one_run(run):
    report = run(changed(day="x", q1="y", country="z"), ROW, changed(id="8", q1="9", i1="9"))
    assert [(error.row, error.column) for error in report.errors] == [
        (2, "country"), (2, "day"), (2, "q1"), (4, "i1"), (4, "q1"),
    ]  # fmt: skip
    assert_nothing_written()


def test_a_large_import_marks_whole_requirements_in_place_of_units(run, requirement, monkeypatch):
    monkeypatch.setattr(recording, "MANY_UNITS", 1)
    run(ROW, changed(id="8", firm="4", company="Barlow Print"))
    units = Marker.objects.exclude(kind=Marker.Kind.REGISTER).values_list("kind", "key1")
    assert list(units) == [(Marker.Kind.REQUIREMENT, requirement.pk)]


@pytest.mark.parametrize(
    ("mapping", "reason"),
    [
        (
            MAPPING + MAPPING[MAPPING.index("[[answers]]") : MAPPING.index("[[words]]")],
            "R-1 is answered twice for Press. Send one answer.",
        ),
        (
            MAPPING.replace('{value = "survey"}', f'{{value = "{"s" * 41}"}}'),
            "Ensure this value has at most 40 characters (it has 41).",
        ),
        (
            MAPPING.replace('product = {value = "Press"}', 'product = {value = "Ink"}'),
            "R-1 is not a requirement of Ink. Add the product to the requirement first.",
        ),
        (MAPPING.replace('{value = "A. Coder"}', '{value = ""}'), "Name who coded these words."),
        (MAPPING.replace('size = "staff"', 'size = "staff"\nindustry = "staff"'), "Value '120' is not a valid choice."),
    ],
)
def test_what_the_services_refuse_is_an_error_of_the_row(run, mapping, reason):
    ProductFactory(name="Ink")
    assert [(error.row, error.reason) for error in run(ROW, mapping=mapping).errors] == [(2, reason)]
    assert_nothing_written()


def test_the_three_nothings_are_kept_apart(run):
    run(changed(q1="0", i1="?", t1=""))
    answer = Answer.objects.get()
    assert (answer.perception_state, answer.importance_state, answer.level_state) == (
        Part.NOT_APPLICABLE, Part.DOES_NOT_KNOW, Part.NOT_ASKED,
    )  # fmt: skip
    assert (answer.perceived_rating, answer.importance_num, answer.required_level) == (None, None, None)


def test_codes_of_a_part_stand_in_place_of_the_common_ones(run):
    mapping = MAPPING.replace('"t1", unit', '"t1", codes = {does_not_know = ["-"]}, unit')
    run(changed(t1="-"), changed(id="8", t1="0"), mapping=mapping)
    assert list(Answer.objects.order_by("id").values_list("level_state", "required_level")) == [
        (Part.DOES_NOT_KNOW, None), (Part.KNOWN, 0),
    ]  # fmt: skip


def test_an_answer_of_which_nothing_was_asked_is_not_written(run):
    report = run(changed(q1="", i1="", t1=""))
    assert (report.created["interviews"], report.created["answers"]) == (1, 0)
    assert not Answer.objects.exists()


def test_minus_zero_is_zero(run):
    run(changed(t1="-0"))
    assert str(Answer.objects.get().required_level) == "0"


def test_worded_choices_become_levels(run):
    mapping = MAPPING.replace('"t1", unit = "hours"', '"t1", choices = {"same day" = "8", "half an hour" = "0.5"}')
    run(changed(t1="half an hour"), mapping=mapping)
    assert str(Answer.objects.get().required_level) == "0.5"
    assert said(run(changed(id="8", t1="soon"), mapping=mapping)) == [
        "row 2, t1, 'soon': it is none of the choices 'same day', 'half an hour'"
    ]


def test_a_level_in_another_unit_of_its_dimension_is_converted_exactly(run):
    run(changed(t1="2"), mapping=MAPPING.replace('unit = "hours"', 'unit = "days"'))
    assert Answer.objects.get().required_level == 48
    report = run(changed(id="8"), mapping=MAPPING.replace('unit = "hours"', 'unit = "percent"'))
    assert said(report) == ["row 2, t1, '8': Cannot convert per cent (share) to hours (time)."]


def test_importance_in_points_and_a_plain_yes_or_no_are_read(run):
    mapping = MAPPING.replace('scale = "Importance 1 to 3"', "points_over = 4").replace(
        '"q1", scale = "1 to 5"', '"q1", yes = ["Y"], no = ["N"]'
    )
    run(changed(i1="30", q1="N"), mapping=mapping)
    answer = Answer.objects.get()
    assert (Fraction(answer.importance_num, answer.importance_den), answer.importance_original) == (6, 30)
    assert answer.is_fixed is False
    assert said(run(changed(id="8", i1="30", q1="2"), mapping=mapping)) == ["row 2, q1, '2': it is none of 'Y', 'N'"]


def test_perceived_and_expected_are_one_part(run):
    mapping = MAPPING.replace('"q1", scale = "1 to 5"', '"q1", scale = "1 to 5", expected = "staff"')
    run(changed(staff="5"), mapping=mapping)
    assert Answer.objects.values_list("perceived_rating", "expected_rating").get() == (2, 5)


def test_a_country_may_be_written_as_its_english_name(run):
    run(changed(country="Germany"))
    assert Customer.objects.get().country.code == "DE"


def test_lifecycle_weight_and_products_of_a_customer_are_read(run):
    ValueBand.objects.create(name="Key", weight=300)
    ProductFactory(name="Supplies")
    mapping = MAPPING.replace(
        'size = "staff"',
        'lifecycle = "cycle"\nlifecycle_since = "since"\nvalue_band = "band"\nproducts = "uses"\nproducts_since = "since"',
    )
    run(ROW + ",past,2024-05-01,Key,Press; Supplies", mapping=mapping, header=HEADER + ",cycle,since,band,uses")
    customer = Customer.objects.get()
    assert (customer.lifecycle, customer.weight) == ("past", 300)
    assert LifecyclePeriod.objects.values_list("lifecycle", "since_on").get() == ("past", date(2024, 5, 1))
    assert list(ProductUse.objects.order_by("product__name").values_list("product__name", "kind", "since_on")) == [
        ("Press", "used", date(2024, 5, 1)), ("Supplies", "used", date(2024, 5, 1)),
    ]  # fmt: skip
    report = run(ROW + ",internal,,Kye,Pres", mapping=mapping, header=HEADER + ",cycle,since,band,uses")
    assert said(report) == ["row 2, band, 'Kye': there is no value band of this name. Did you mean 'Key'?"]


def test_an_interview_keeps_the_lifecycle_of_its_day(run):
    run(ROW)
    customer = Customer.objects.get()
    for lifecycle, since_on in (("current", date(2020, 1, 1)), ("past", date(2026, 2, 20))):
        LifecyclePeriod.objects.create(customer=customer, lifecycle=lifecycle, since_on=since_on)
    Customer.objects.update(lifecycle="past")
    mapping = MAPPING.replace("[contact]", 'lifecycle = {value = "past"}\n[contact]')
    assert run(changed(id="8", day="2026-02-19"), changed(id="9", day="2026-02-20"), mapping=mapping).errors == []
    held = Interview.objects.order_by("external_id").values_list("external_id", "stratum__lifecycle")
    assert list(held) == [("7", "current"), ("8", "current"), ("9", "past")]


def test_columns_of_a_second_file_are_joined(run, write):
    write("people.csv", "id,nick\n7,Anna\n")
    mapping = MAPPING.replace('{template = "Person {id}"}', '"nick"') + '[[join]]\nfile = "people.csv"\non = "id"\n'
    assert said(run(changed(id="8"), mapping=mapping)) == ["row 2: people.csv has no row whose id is '8'"]
    run(ROW, mapping=mapping)
    assert Contact.objects.get().name == "Anna"
    write("people.csv", "id,nick\n7,Anna\n7,Bo\n")
    with pytest.raises(ValidationError, match="row 3: the id '7' comes twice"):
        run(ROW, mapping=mapping)


def test_a_retired_requirement_in_the_mapping_is_an_error(run, requirement):
    requirement.state = "retired"
    requirement.save()
    with pytest.raises(ValidationError, match="R-1: the requirement was retired or merged, so it takes no new answers"):
        run(ROW)
    assert_nothing_written()


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('"R-1"\nimp', '"R-11"\nimp', "answers[1] R-11: there is no such requirement. Did you mean 'R-1'?"),
        ('"1 to 5"', '"1 to 6"', "there is no scale '1 to 6'. Did you mean '1 to 5'?"),
        ('"hours"', '"hour"', "there is no unit 'hour'. Did you mean 'hours'?"),
        ('"q1"', '"q2"', "there is no column 'q2' (named by answers[1].perceived). Did you mean 'q1'?"),
        ("held_on", "helt_on", "there is no key 'interview.helt_on'. Did you mean 'held_on'?"),
        ('column = "t1"', 'colum = "t1"', "there is no key 'answers[1].required.colum'. Did you mean 'column'?"),
        ('external_id = "id"\nheld', "held", "Object missing required field `external_id` - at `interview`."),
    ],
)
def test_a_wrong_mapping_is_refused_before_any_row_is_read(run, old, new, reason):
    with pytest.raises(ValidationError) as caught:
        run(ROW, mapping=MAPPING.replace(old, new))
    assert reason in " ".join(caught.value.messages)


def test_unknown_round_product_and_mode_name_the_nearest(run):
    mapping = MAPPING.replace('"Spring"', '"Sprin"').replace('"Press"', '"Pres"').replace('"phone"', '"fone"')
    assert said(run(ROW, mapping=mapping)) == [
        "row 2, mapping, 'Sprin': there is no round of this name. Did you mean 'Spring'?",
        "row 2, mapping, 'fone': it is no mode. Did you mean 'phone'? Known: in_person, phone, video, self_service",
        "row 2, mapping, 'Pres': there is no product of this name. Did you mean 'Press'?",
    ]


def test_the_command_prints_counts_and_ends_in_error_when_a_row_is_refused(write, requirement):
    path, mapping, out = write("rows.csv", f"{HEADER}\n{ROW}\n"), write("m.toml", MAPPING), StringIO()
    call_command("import_interviews", path, mapping=mapping, dry_run=True, stdout=out)
    assert out.getvalue() == (
        "1 answers would be created\n1 codings would be created\n1 contacts would be created\n"
        "1 customers would be created\n1 interviews would be created\n1 verbatims would be created\n"
        "1 rows read. Dry run: nothing was written.\n"
    )
    path.write_text(f"{HEADER}\n{changed(q1='7')}\n")
    with pytest.raises(CommandError, match=r"1 errors in 1 rows: nothing was written\."):
        call_command("import_interviews", path, mapping=mapping, stdout=StringIO())
    assert_nothing_written()


# ---- Kano pairs

KANO = """
[[kano]]
requirement = "R-1"
product = {value = "Press"}
met = "met"
unmet = "unmet"
"""


def test_a_pair_is_read_in_any_published_wording_and_a_second_run_knows_it(run, requirement):
    words = [("I like it", "4"), ("This would be very helpful to me", "I dislike it that way"), ("", "")]
    rows = [f"{changed(id=str(at), said='', about='')},{met},{unmet}" for at, (met, unmet) in enumerate(words)]

    first, second = (run(*rows, mapping=MAPPING + KANO, header=f"{HEADER},met,unmet") for _run in range(2))

    assert (first.errors, second.errors, first.created["Kano pairs"]) == ([], [], 2)
    found = KanoAnswer.objects.order_by("interview__external_id").values_list("functional", "dysfunctional")
    assert list(found) == [(1, 4), (1, 5)]


def test_half_a_pair_and_unknown_words_are_refused_with_their_column(run):
    rows = [f"{changed(id='1')},perhaps,1", f"{changed(id='2')},1,"]

    report = run(*rows, mapping=MAPPING + KANO, header=f"{HEADER},met,unmet")

    assert [(error.row, error.column) for error in report.errors] == [(2, "met"), (3, "unmet")]
    assert_nothing_written()


# ---- NPS, CSAT, CES


def test_a_product_is_rated_on_the_scales_of_nps_and_csat_once_and_a_nothing_is_no_rating(run):
    mapping = f'{MAPPING}\n[[loyalty]]\nnps = "nps"\ncsat = "sat"\n'
    header = f"{HEADER},nps,sat"

    first, second = (run(f"{ROW},10,?", mapping=mapping, header=header) for _ in range(2))

    assert (first.errors, first.created["NPS, CSAT, CES"], second.unchanged["NPS, CSAT, CES"]) == ([], 2, 2)
    said = LoyaltyAnswer.objects.order_by("measure").values_list("measure", "state", "rating")
    assert list(said) == [("csat", Part.DOES_NOT_KNOW, None), ("nps", Part.KNOWN, 10)]
    refused = run(f"8{ROW[1:]},11,4.5", mapping=mapping, header=header)
    assert [(each.column, each.reason) for each in refused.errors] == [
        ("nps", "NPS goes from 0 to 10, in whole points"),
        ("sat", "CSAT goes from 1 to 5, in whole points"),
    ]
