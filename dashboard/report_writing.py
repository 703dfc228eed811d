"""What a report says: the pages of a kept day, drawn for print. The same page objects, so the same numbers."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils.html import strip_spaces_between_tags

from customers.models import Customer
from dashboard.board_asked import BoardAsked, board_asked
from dashboard.change_page import Compared, compared_with
from dashboard.circle_page import circle_page
from dashboard.customer_report import customer_report
from dashboard.function_page import FunctionPage, function_page
from dashboard.round_report import round_report
from dashboard.scoping import asked_scope
from dashboard.sentences import function_answer, reach_answer, tie_note
from functions.models import Function, Membership, Program
from functions.selectors import Access
from gap_scores.models import Snapshot
from gap_scores.selectors import kept_before
from gap_scores.waterfall import WHOLE
from improvements.reports import About
from interviews.models import Round

# With whose rights a text is drawn that every member reads.
EVERYBODY: Final = Access(roles=frozenset({Membership.Role.VIEWER}))
SHEETS = ("css/tokens.css", "css/figures.css", "css/report.css")


def article_for(snapshot: Snapshot, about: About | None, program: Program | None) -> str:
    """Return the text of a report: of the program as every member may read it, of a function as its head may, of a
    customer or a round as specialists may."""
    match about:
        case Function():
            return _of_function(snapshot, about, program)
        case Customer():
            return _of_customer(snapshot, about, program)
        case Round():
            return _of_round(snapshot, about, program)
    return _of_program(snapshot, program)


def article_from(template: str, said: Mapping[str, Any]) -> str:
    return str(strip_spaces_between_tags(render_to_string(template, said).strip()))


def _of_program(snapshot: Snapshot, program: Program | None) -> str:
    page = circle_page(wanted=wanted_on(snapshot.as_of), access=EVERYBODY, program=program)
    said = {"page": page, "snapshot": snapshot, "program": program, "change": change_before(snapshot, EVERYBODY)}
    return article_from("reports/program.html", said)


def _of_function(snapshot: Snapshot, function: Function, program: Program | None) -> str:
    access = Access(roles=frozenset({Membership.Role.HEAD}), functions=frozenset({function.pk}))
    page = function_page(function_id=function.pk, wanted=wanted_on(snapshot.as_of), access=access, program=program)
    if page is None:
        raise ValueError(f"Function {function.pk} is no dot of the circle on {snapshot.as_of}.")
    change = change_before(snapshot, access, function)
    said = {"page": page, "snapshot": snapshot, "program": program, "change": change, **in_third_person(page)}
    return article_from("reports/function.html", said)


def _of_customer(snapshot: Snapshot, customer: Customer, program: Program | None) -> str:
    report = customer_report(customer=customer, as_of=snapshot.as_of, program=program)
    said = {"report": report, "page": report.page, "snapshot": snapshot, "program": program}
    return article_from("reports/customer.html", said)


def _of_round(snapshot: Snapshot, wave: Round, program: Program | None) -> str:
    report = round_report(wave=wave, as_of=snapshot.as_of, program=program)
    return article_from("reports/round.html", {"report": report, "snapshot": snapshot, "program": program})


def in_third_person(page: FunctionPage) -> dict[str, str]:
    """Return what the page says to the head, as it is said of the function: others read a report, too."""
    shown = [line.row for line in page.requirements]
    return {
        "answer": function_answer(page.row, shown, yours=False),
        "reach": reach_answer(page.row, page.names, yours=False),
        "tie": tie_note(page.row, page.names, yours=False),
    }


def wanted_on(day: date) -> BoardAsked:
    parameters = QueryDict(f"as_of={day.isoformat()}")
    return board_asked(parameters, asked_scope(parameters))


def change_before(snapshot: Snapshot, access: Access, function: Function | None = None) -> Compared | None:
    """Return what the change since the review before is made of, without one since the kept day before."""
    before = kept_before(snapshot.as_of)
    if before is None:
        return None
    key, name = (function.pk, function.name) if function else (WHOLE, "")
    return compared_with(before, snapshot, key, access, name=name)


def document_of(*, title: str, article: str, program: Program | None) -> str:
    """Return a report as a document of its own, without addresses that only this program could open."""
    return render_to_string("reports/document.html", {"title": title, "article": article, "program": program})
