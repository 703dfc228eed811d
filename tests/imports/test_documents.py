"""Catalogues, houses and guides as documents: taken along they change nothing, and what was shown is what happens."""

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.test import Client

from dashboard import file_imports, tasks
from dashboard.file_documents import catalogue_document
from functions.models import Function
from interviews.guide_files import document_of
from interviews.guide_models import GuideVersion
from interviews.guide_services import NewChoice, launch_version
from jobs.models import FileImport
from metrics.models import Metric, MetricLink, MetricRelation
from metrics.relating import relate_metrics
from requirements_catalog import services
from requirements_catalog.models import Attribute, Requirement, Responsibility
from requirements_catalog.services import NewScale
from tests.api.callers import caller
from tests.conftest import NOON
from tests.factories.functions import FunctionFactory, MembershipFactory, SupplyLinkFactory
from tests.factories.guides import ask, draft
from tests.factories.metrics import MetricFactory, MetricLinkFactory
from tests.factories.requirements_catalog import ProductFactory, RequirementFactory

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture(autouse=True)
def nothing_runs_by_itself(settings, tmp_path: Path, monkeypatch) -> None:
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(tasks.run_file_import, "delay", lambda _pk: None)


@pytest.fixture
def specialist() -> Client:
    client = Client()
    client.force_login(MembershipFactory(role="specialist").user)
    return client


def upload(client: Client, kind: str, content: Any, name: str = "file.json") -> Any:
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    return client.post("/imports/new/", {"kind": kind, "file": SimpleUploadedFile(name, data)})


def latest() -> FileImport:
    return FileImport.objects.latest("pk")


def run() -> FileImport:
    file_imports.run_file_import(pk=latest().pk, now=NOON)
    return latest()


def check(client: Client, kind: str, content: Any, name: str = "file.json") -> FileImport:
    answer = upload(client, kind, content, name)
    assert answer.status_code == 302, refusal(answer)
    return run()


def start(client: Client) -> FileImport:
    client.post(f"/imports/{latest().pk}/start/")
    return run()


def refusal(answer: Any) -> list[str]:
    return [str(each) for found in answer.context["form"].errors.values() for each in found]


def noted(name: str) -> list[list[Any]]:
    found = file_imports.Folder(latest().folder).noted("report")[name]
    return [list(each.values()) for each in found]


def counts(*names: str) -> list[dict[str, int]]:
    return [latest().counts[name] for name in names]


# ---- Catalogues


@pytest.fixture
def catalogue() -> Requirement:
    desk = FunctionFactory(name="Order desk; night")
    SupplyLinkFactory(supplier=desk, supplied=FunctionFactory(name="Sales"), strength=Decimal("0.5"))
    press = ProductFactory(name="Press; large")
    requirement = RequirementFactory(
        reference="R-1", statement="On time", owner=desk, products=[press], half_life_months=12
    )
    services.add_scale_version(
        requirement=requirement, scale=NewScale(unit="hours", direction="lower", resolution=Decimal("0.5"))
    )
    services.create_responsibility(requirement=requirement, function=desk, strength=3)
    MetricLinkFactory(metric=MetricFactory(name="Days = late", function=desk), requirement=requirement, product=press)
    return Requirement.objects.get(reference="R-1")


@pytest.mark.parametrize("kind", ["requirements", "functions", "metrics"])
def test_a_catalogue_that_was_taken_along_changes_nothing(specialist, catalogue, kind):
    taken = specialist.get(f"/imports/documents/?of={kind}")

    checked = check(specialist, kind, taken.content)

    many = len(json.loads(taken.content)[kind])
    assert (checked.stage, checked.counts["errors"]) == ("checked", 0)
    assert counts("created", "changed", "unchanged", "left_alone") == [{}, {}, {kind: many}, {}]
    assert "Nothing would change" in specialist.get(f"/imports/{checked.pk}/").content.decode()


def test_a_document_says_new_changed_and_left_alone_and_does_just_that(specialist, catalogue):
    RequirementFactory(reference="R-2")
    attribute = Attribute.objects.get(pk=catalogue.attribute_id).name
    entries = [
        {"reference": "R-1", "unit": "days", "scale_factor": "1/24", "scale_reason": "Nobody says hours.",
         "half_life_months": None},
        {"reference": "R-9", "statement": "Answered", "attribute": attribute, "products": ["Press; large"],
         "contributors": {"Sales": 3}},
    ]  # fmt: skip
    check(specialist, "requirements", {"format": 1, "kind": "requirements", "requirements": entries})

    assert counts("created", "changed", "left_alone") == [{"requirements": 1}] * 3
    assert noted("news") == [[2, "R-9", "Answered"]]
    assert noted("changes") == [[1, "R-1", "unit of its levels", "hours", "days"]]
    assert list(Requirement.objects.values_list("reference", flat=True)) == ["R-1", "R-2"]

    assert start(specialist).stage == "imported"
    changed = Requirement.objects.get(reference="R-1")
    assert (changed.version, changed.current_scale.unit, changed.half_life_months) == (3, "days", 12)
    assert Requirement.objects.get(reference="R-9").responsibilities.get().function.name == "Sales"


def test_what_moved_since_the_check_is_not_brought_in_and_can_be_checked_again(specialist, catalogue):
    document = {"format": 1, "kind": "requirements", "requirements": [{"reference": "R-1", "statement": "Punctual"}]}
    check(specialist, "requirements", document)
    services.update_requirement(requirement=catalogue, changes={"statement": "In time"})

    assert start(specialist).stage == "checked"
    assert Requirement.objects.get().statement == "In time"
    assert "Changed since it was checked" in specialist.get(f"/imports/{latest().pk}/").content.decode()

    assert start(specialist).stage == "checked"
    assert noted("changes") == [[1, "R-1", "statement", "In time", "Punctual"]]
    assert start(specialist).stage == "imported"
    assert Requirement.objects.get().statement == "Punctual"


def test_a_database_that_is_busy_is_no_defect_and_nothing_is_lost(specialist, catalogue, monkeypatch):
    def waits_for_itself(*_stated: Any, **_more: Any) -> None:
        raise OperationalError("deadlock detected")

    upload(specialist, "functions", catalogue_document("functions"))
    monkeypatch.setattr(file_imports, "bring_in", waits_for_itself)
    with pytest.raises(OperationalError):
        run()

    assert latest().job.message == "The database was busy or away. Nothing was stored; try again."


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"format": 1, "kind": "requ', "This is no JSON, or the file is cut off. Unterminated string"),
        (b"[]", "The file has to be one JSON object."),
        (b'{"format": 2, "kind": "requirements"}', "format: this has to be 1, the only form that is read here."),
        (b'{"format": 1, "kind": "functions"}', "kind: this has to be 'requirements'."),
        (b'{"format": 1, "kind": "requirements"}', "requirements: this has to be a list."),
        (b'{"format": 1, "kind": "requirements", "rows": []}', "rows: there is no such field."),
        (b" " * (5 * 2**20 + 1), "The file is larger than 5 MiB."),
    ],
)
def test_a_document_that_is_none_is_refused_at_the_door(specialist, content, said):
    answer = upload(specialist, "requirements", content)

    assert (answer.status_code, FileImport.objects.count()) == (422, 0)
    assert refusal(answer)[0].startswith(said)


def test_every_fault_of_a_document_is_named_by_entry_and_field(specialist, catalogue):
    entries = [
        {"reference": "R-1", "owner": "Sails"},
        {"reference": "R-1"},
        {"reference": "R-7"},
        {"reference": "R-8", "products": [1]},
        {"reference": "R-9", "weight": 3},
        "R-10",
        {"reference": "R-11", "contributors": {"Sales": 5}},
    ]
    check(specialist, "requirements", {"format": 1, "kind": "requirements", "requirements": entries})

    found = [(row, column, reason.partition(".")[0]) for row, column, _value, reason in noted("errors")]
    assert sorted(found) == [
        (1, "owner", "there is no function of this name"),
        (2, "reference", "row 1 is the same"),
        (3, "attribute", "it is missing, and a new one needs it"),
        (3, "products", "it is missing, and a new one needs it"),
        (3, "statement", "it is missing, and a new one needs it"),
        (4, "", "products: this has to be a text, a number, a list of names, or names with a number each"),
        (5, "", "weight: there is no such field"),
        (6, "", "it has to be an object"),
        (7, "contributors", "a contribution is 9, 3 or 1, such as Sales = 3"),
    ]
    assert Requirement.objects.count() == 1


# ---- Houses


@pytest.fixture
def house(catalogue) -> dict[str, Any]:
    """Order desk answers for R-1 (3), Sales contributes nothing; R-2 has an owner of whom nothing else is said."""
    desk, sales = Function.objects.order_by("name")
    press = catalogue.products.get()
    second = RequirementFactory(reference="R-2", owner=sales, products=[press])
    other = MetricFactory(name="Calls", function=sales)
    MetricLinkFactory(metric=other, requirement=catalogue, product=press, role="supports", strength=3)
    relate_metrics(one=other, other=Metric.objects.get(name="Days = late"), strength=-3, note="Haste.")
    return {"desk": desk, "sales": sales, "press": press, "second": second, "other": other}


def of_responsibilities(**more: Any) -> dict[str, Any]:
    return {"format": 1, "kind": "house of responsibilities", "columns": ["Order desk; night", "Sales"], **more}


def of_metrics(**more: Any) -> dict[str, Any]:
    return {"format": 1, "kind": "house of metrics", "product": "Press; large", "columns": ["Calls", "Days = late"],
            **more}  # fmt: skip


@pytest.mark.parametrize("kind", ["json", "csv", "xlsx"])
@pytest.mark.parametrize("address", ["/house/", "/house/metrics/"])
def test_a_house_that_was_taken_along_changes_nothing(specialist, house, address, kind):
    taken = specialist.get(f"{address}?format={kind}")
    content = taken.getvalue()

    checked = check(specialist, "house", content, f"house.{kind}")

    assert (checked.stage, noted("errors")) == ("checked", [])
    assert counts("created", "changed", "removed", "left_alone") == [{}, {}, {}, {}]


@pytest.mark.parametrize("kind", ["json", "csv", "xlsx"])
def test_names_that_are_headings_themselves_are_kept_apart(specialist, house, catalogue, kind):
    for name in ("no", "gap", "product", '"points"'):
        services.create_responsibility(requirement=catalogue, function=FunctionFactory(name=name), strength=9)
    FunctionFactory(name="measures the level")
    for name in ("owner", "no", "roof"):
        metric = MetricFactory(name=name, function=house["sales"])
        MetricLinkFactory(metric=metric, requirement=catalogue, product=house["press"], role="supports", strength=1)

    for address in ("/house/", "/house/metrics/"):
        checked = check(specialist, "house", specialist.get(f"{address}?format={kind}").getvalue(), f"house.{kind}")
        assert (checked.stage, noted("errors")) == ("checked", [])
        assert counts("created", "changed", "removed", "left_alone") == [{}, {}, {}, {}]


def test_each_cell_that_says_something_else_is_shown_and_then_changed(specialist, house, catalogue):
    RequirementFactory(reference="R-3")
    rows = [
        {"requirement": "R-1", "owner": "Sales", "cells": {"Order desk; night": 1, "Sales": 9}},
        {"requirement": "R-2", "owner": "Sales", "cells": {"Order desk; night": "3"}},
    ]
    check(specialist, "house", of_responsibilities(rows=rows))

    assert counts("created", "changed", "removed") == [{"cells": 1}, {"owners": 1, "cells": 1}, {}]
    assert counts("unchanged", "left_alone") == [{"cells": 1}, {"requirements": 1, "functions": 1}]
    assert noted("news") == [[2, "R-2, Order desk; night", "strength 3"]]
    assert noted("changes") == [
        [1, "R-1", "owner", "Order desk; night", "Sales"],
        [1, "R-1, Order desk; night", "strength", "3", "1"],
    ]
    assert Requirement.objects.get(reference="R-1").owner == house["desk"]

    assert start(specialist).stage == "imported"
    assert Requirement.objects.get(reference="R-1").owner == house["sales"]
    assert sorted(Responsibility.objects.values_list("requirement__reference", "function__name", "strength")) == [
        ("R-1", "Order desk; night", 1), ("R-2", "Order desk; night", 3),
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_roof_of_a_table_is_changed_by_it(specialist, house, kind):
    third = MetricFactory(name="Returns", function=house["sales"])
    relate_metrics(one=house["other"], other=third, strength=9)
    lines = rows_in(specialist.get(f"/house/metrics/?format={kind}").getvalue(), kind)
    at, roof = {name: lines[0].index(name) for name in lines[0]}, [str(line[2]) for line in lines].index("Roof")
    first, second = lines[roof + 1 :]
    assert (str(first[at["Calls"]]), str(first[at["Days = late"]]), first[at["roof"]]) == ("-3", "-3", "Haste.")
    assert [line[2] for line in (first, second)] == ["Roof: Days = late / Calls", "Roof: Calls / Returns"]

    first[at["Calls"]] = first[at["Days = late"]] = -9
    second[at["Calls"]] = second[at["Returns"]] = None
    check(specialist, "house", in_a_file(lines, kind), f"house.{kind}")
    assert counts("created", "changed", "removed") == [{}, {"pairs of the roof": 1}, {"pairs of the roof": 1}]
    assert start(specialist).stage == "imported"
    assert list(MetricRelation.objects.values_list("strength", "note")) == [(-9, "Haste.")]

    first[at["Calls"]] = None
    check(specialist, "house", in_a_file(lines, kind), f"house.{kind}")
    (refused,) = noted("errors")
    assert (refused[1], refused[3].partition(",")[0]) == ("roof", "a pair has the same 9")
    # Without its heading a table says nothing of the roof.
    check(specialist, "house", in_a_file(lines[:roof], kind), f"house.{kind}")
    assert counts("created", "changed", "removed") == [{}, {}, {}]


def rows_in(content: bytes, kind: str) -> list[list[Any]]:
    if kind == "csv":
        return [list(row) for row in csv.reader(io.StringIO(content.decode("utf-8-sig")))]
    return [[cell.value for cell in row] for row in openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows()]


def in_a_file(lines: list[list[Any]], kind: str) -> bytes:
    if kind == "csv":
        text = io.StringIO()
        csv.writer(text).writerows(lines)
        return text.getvalue().encode()
    book, file = openpyxl.Workbook(), io.BytesIO()
    for line in lines:
        book.active.append(line)
    book.save(file)
    return file.getvalue()


def test_a_metric_takes_over_a_level_and_a_roof_that_is_not_named_goes(specialist, house, catalogue):
    rows = [{"requirement": "R-1", "measures": ["Calls"], "cells": {"Calls": 3, "Days = late": 9}}]
    check(specialist, "house", of_metrics(rows=rows, roof=[]))

    assert counts("created", "changed", "removed") == [{}, {"measured levels": 2}, {"pairs of the roof": 1}]
    assert start(specialist).stage == "imported"
    assert list(MetricLink.objects.filter(role="measures").values_list("metric__name", flat=True)) == ["Calls"]
    assert not MetricRelation.objects.exists()


def test_every_fault_of_a_house_is_named_by_row_and_column(specialist, house):
    RequirementFactory(reference="R-4", products=[ProductFactory(name="Ink")])
    rows = [
        ["Printed on 1 March"],
        ["no", "product", "requirement", "measures the level", "Calls", "Dais late"],
        ["R-1", "Press; large", "", "Calls", "5", ""],
        ["R-1", "Press; large", "", "", "", ""],
        ["R-4", "Press; large", "", "", "9", ""],
        ["", "Press; large", "", "", "9", ""],
        ["R-2", "Press; large", "", "Calls", "", ""],
    ]
    content = "".join(",".join(row + [""] * (6 - len(row))) + "\n" for row in rows).encode()
    check(specialist, "house", content, "house.csv")

    said = [(row, column, reason.split(".")[0]) for row, column, _value, reason in noted("errors")]
    assert sorted(said) == [
        (2, "Dais late", "there is no active metric of this name"),
        (3, "Calls", "a strength is 9, 3 or 1, and empty is nothing"),
        (4, "no", "row 3 is about the same requirement"),
        (5, "no", "no active requirement of this house has this number"),
        (6, "no", "it is missing: by it the row is known"),
        (7, "measures the level", "'Calls' measures the level, so it serves it: state 9, 3 or 1"),
    ]
    assert MetricLink.objects.count() == 2


def test_a_house_with_a_formula_or_without_its_columns_is_refused_at_the_door(specialist, house):
    book = openpyxl.Workbook()
    book.active.append(["no", "owner", "Sales"])
    book.active.append(["R-1", "Sales", "=4+5"])
    file = io.BytesIO()
    book.save(file)

    said = [refusal(upload(specialist, "house", file.getvalue(), "house.xlsx"))[0]]
    said += refusal(upload(specialist, "house", b"no,Sales\nR-1,9\n", "house.csv"))
    said += refusal(upload(specialist, "house", b"no", "house.txt"))
    assert said[0] == "rows.xlsx: cell C2 is a formula. Put the value itself there."
    assert said[1].startswith("This is no house: a column 'no'")
    assert said[2] == "'house.txt' is none of CSV, XLSX and JSON. Save it as one of the three."
    assert not FileImport.objects.exists()


@pytest.mark.parametrize(
    "cell",
    [
        b'<c s="0" r="C2"><f>4+5</f><v>9</v></c>',
        b'<c r="C2"><v>9</v><f ca="1"/></c>',
        b'<x:c r="C2"><x:f>9</x:f></x:c>',
    ],
)
def test_a_formula_is_found_however_it_is_written(specialist, house, cell):
    book = openpyxl.Workbook()
    book.active.append(["no", "owner", "Sales"])
    book.active.append(["R-1", "Sales", "=4+5"])
    content = io.BytesIO()
    book.save(content)

    def other(sheet: bytes) -> bytes:
        prefixed = sheet.replace(
            b" xmlns=", b' xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns='
        )
        return re.sub(rb'<c r="C2".*?</c>', cell, prefixed)

    file = with_other_sheet(content, other)
    assert refusal(upload(specialist, "house", file, "house.xlsx")) == [
        "rows.xlsx: cell C2 is a formula. Put the value itself there."
    ]


def with_other_sheet(content: io.BytesIO, other: Callable[[bytes], bytes]) -> bytes:
    changed = io.BytesIO()
    with zipfile.ZipFile(content) as old, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = old.read(name)
            new.writestr(name, other(part) if name.startswith("xl/worksheets/") else part)
    return changed.getvalue()


# ---- Guides


@pytest.fixture
def guide(catalogue) -> GuideVersion:
    """A launched guide in two languages: a level in words, and words that are asked after it."""
    version = draft("After a stop", "en", "de")
    level = ask(
        version, "level", "How long?", requirement=catalogue, product=catalogue.products.get(),
        choices=(
            NewChoice(Decimal(8), {"en": "a shift; or two", "de": "= Schicht"}),
            NewChoice(Decimal(1), {"en": "1 h"}),
        ),
    )  # fmt: skip
    ask(version, "open", "Whom do you call?", shown_if=level, shown_if_test="at_most", shown_if_value=Decimal(8))
    return launch_version(version=version, now=NOON)


@pytest.mark.parametrize("kind", ["json", "xlsx"])
def test_a_guide_that_was_taken_along_changes_nothing_and_makes_no_draft(specialist, guide, kind):
    taken = specialist.get(f"/guides/versions/{guide.pk}/file/?format={kind}")
    content = taken.getvalue()

    checked = check(specialist, "guides", content, f"guide.{kind}")
    assert (noted("errors"), noted("news"), noted("changes"), checked.counts["unchanged"]) == (
        [], [], [], {"questions": 2},
    )  # fmt: skip
    assert start(specialist).stage == "imported"
    assert GuideVersion.objects.get() == guide


def test_a_guide_that_leaves_out_what_is_empty_changes_nothing_and_makes_no_draft(specialist, guide):
    document = document_of(guide)
    del document["note"]
    document["questions"] = [
        {name: said for name, said in question.items() if said} for question in document["questions"]
    ]
    del document["questions"][1]["texts"]["en"]["help"]
    checked = check(specialist, "guides", document)

    assert (noted("errors"), noted("news"), noted("changes"), checked.counts["unchanged"]) == (
        [], [], [], {"questions": 2},
    )  # fmt: skip
    assert start(specialist).stage == "imported"
    assert GuideVersion.objects.get() == guide


def test_another_guide_of_that_name_is_written_to_a_draft_and_shown_before(specialist, guide):
    document = document_of(guide)
    first, second = document["questions"]
    second |= {"required": True, "only_if": None, "texts": {"en": {"question": "Whom?", "help": ""}}}
    new = {"key": "goal", "kind": "open", "texts": {"en": {"question": "Why?"}}}
    check(specialist, "guides", document | {"note": "Nights.", "questions": [second, new]})

    assert noted("news") == [
        [0, "After a stop, version 2", "beside version 1, which stays as it is"], [2, "goal", "Why?"],
    ]  # fmt: skip
    assert noted("changes") == [
        [0, "After a stop", "note", "", "Nights."],
        [1, "q2", "required", "no", "yes"],
        [1, "q2", "only if", "number: 8, question: q1, test: at_most", ""],
        [1, "q2", "words, en", "Whom do you call?", "Whom?"],
        [0, "q1", "question", "How long?", "-"],
    ]
    assert GuideVersion.objects.get() == guide

    assert start(specialist).stage == "imported"
    launched, written = GuideVersion.objects.order_by("number")
    assert ([each["key"] for each in document_of(written)["questions"]], written.state) == (["q2", "goal"], "draft")
    assert (document_of(launched)["questions"][0], launched.state) == (first, "launched")


def test_every_fault_of_a_guide_is_named_by_question_and_field(specialist, guide):
    document = document_of(guide)
    document["questions"][0] |= {"kind": "open", "product": "Nothing"}
    check(specialist, "guides", document)
    assert [(row, column) for row, column, _value, _reason in noted("errors")] == [(1, "product"), (1, "kind")]

    document = document_of(guide)
    document["questions"].append({"key": "q2", "kind": "open", "texts": {"en": {"question": "Twice?"}}})
    check(specialist, "guides", document)
    assert noted("errors") == [[3, "key", "", "The key q2 is used by another question."]]
    assert refusal(upload(specialist, "guides", b"key,kind\nq1,open\n", "guide.csv")) == [
        "This is no guide: it has no column 'guide'. Export a guide as XLSX, and change that file."
    ]
    assert GuideVersion.objects.get() == guide


# ---- By REST


@pytest.mark.parametrize("kind", ["requirements", "functions", "metrics"])
def test_machines_read_the_catalogue_that_people_take_along(specialist, catalogue, kind):
    answer = caller("specialist").get(f"/api/v1/documents/{kind}/")

    assert answer.status_code == 200
    assert answer.json()["document"] == json.loads(specialist.get(f"/imports/documents/?of={kind}").content)


def test_a_dry_run_writes_nothing_and_its_state_guards_the_real_one(house, catalogue):
    address = "/api/v1/documents/house/import/"
    rows = [{"requirement": "R-1", "owner": "Sales", "cells": {"Order desk; night": 3, "Sales": 9}}]
    body = {"document": of_responsibilities(rows=rows)}
    client = caller("specialist")

    def post(address: str, body: dict[str, Any]) -> Any:
        return client.post(address, json.dumps(body), content_type="application/json")

    looked = post(f"{address}?dry_run=true", body).json()
    assert looked["changes"] == [
        {"row": 1, "name": "R-1", "what": "owner", "before": "Order desk; night", "after": "Sales"}
    ]
    assert Requirement.objects.get(reference="R-1").owner == house["desk"]

    services.update_requirement(requirement=house["second"], changes={"owner": house["desk"]})
    late = post(address, body | {"state": looked["state"]})
    assert (late.status_code, late.json()["detail"][:35]) == (400, "What is there was changed since the")

    assert post(address, body).json()["changed"] == {"owners": 1}
    assert Requirement.objects.get(reference="R-1").owner == house["sales"]
    again = post(address, body).json()
    assert [again[name] for name in ("created", "changed", "removed")] == [{}, {}, {}]
    refused = post(address, {"document": of_responsibilities(rows=[{"requirement": "R-9"}])})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "#/document")
