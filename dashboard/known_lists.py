"""The lists by name: where each is, who may open it, and which rows an address asks for."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.http import QueryDict
from django.utils.translation import gettext as _

from accounts.clients import registered_clients
from accounts.saved_views import LONGEST_QUERY
from accounts.sessions import sessions_of
from customers.contact_views import CONTACTS, contacts
from customers.selectors import with_products
from customers.views import CUSTOMERS, standing_rows
from dashboard.audit_list import AUDIT, audit_entries
from dashboard.door_lists import CLIENTS, SESSIONS, sessions_asked_for
from dashboard.expectations_page import EXPECTATIONS, expectations_page
from dashboard.export_list import EXPORTS, exports_of
from dashboard.finding_list import PLAN as FINDINGS
from dashboard.finding_list import rows_asked_for as findings_asked_for
from dashboard.function_list import FUNCTIONS, function_list_page
from dashboard.function_list import in_full as functions_in_full
from dashboard.importance_page import IMPORTANCE, importance_page
from dashboard.initiative_list import INITIATIVES
from dashboard.initiative_list import rows_asked_for as initiatives_asked_for
from dashboard.job_list import JOBS, listed_jobs
from dashboard.kano_page import KANO, kano_page
from dashboard.kept_list import KEPT
from dashboard.loyalty_page import LOYALTY, loyalty_page
from dashboard.metric_list import rows_asked_for as metric_rows
from dashboard.metric_list import rows_in_full as metrics_in_full
from dashboard.navigation import May, administrators, members, metric_keepers, specialists
from dashboard.report_list import REPORTS
from dashboard.requirement_list import PLAN as REQUIREMENTS
from dashboard.requirement_list import in_full as requirements_in_full
from dashboard.requirement_list import requirement_list_page
from dashboard.review_list import REVIEWS
from dashboard.scenario_list import SCENARIOS, scenarios
from dashboard.scoping import asked_scope
from dashboard.settings_lists import FILE_IMPORTS, PEOPLE, TOKENS, file_imports, people, tokens_for
from dashboard.strictness_page import STRICTNESS, strictness_page
from dashboard.weight_pages import WEIGHT_SETS
from functions.selectors import Access, program, program_day
from gap_scores.selectors import snapshots
from improvements.action_views import ACTIONS
from improvements.action_views import rows_asked_for as actions_asked_for
from improvements.belief_selectors import askings_for
from improvements.belief_views import BELIEFS
from improvements.loop_views import LOOP
from improvements.loop_views import rows_asked_for as loop_asked_for
from improvements.reports import reports_for
from improvements.reviews import reviews_for
from improvements.views import AMBASSADORS
from improvements.views import rows_asked_for as ambassadors_asked_for
from interviews.involvement import involvements
from interviews.involvement_views import INVOLVEMENTS
from interviews.loss_views import LOSSES
from interviews.losses import losses
from interviews.search_views import FOUND, found_rows
from interviews.selectors import interviews_for, rounds_with_counts, with_counts
from interviews.views import INTERVIEWS, ROUNDS
from interviews.weight_sets import weight_sets
from interviews.word_views import WORDS
from interviews.word_views import rows_asked_for as words_asked_for
from metrics.link_views import SUSPECT_LINKS
from metrics.measurement_views import MEASUREMENTS, measurement_rows
from metrics.selectors import suspect_links
from metrics.starter_views import STARTER_LIST
from metrics.starter_views import rows_asked_for as starters_asked_for
from metrics.views import METRICS
from notices.endpoint_views import DELIVERIES, WEBHOOKS
from notices.selectors import deliveries_for, endpoints_for
from notices.selectors import with_counts as with_deliveries
from notices.views import NOTICES, lines_asked_for
from requirements_catalog.selectors import products_in_use
from requirements_catalog.views import PRODUCTS
from web.lists import ListAsked, ListPlan, Rows


@dataclass(frozen=True)
class KnownList:
    """`rows_in_file`: the rows of the file, where they have more in them than those of the page."""

    plan: ListPlan
    route: str
    rows: Callable[[ListAsked, Access, datetime], Rows]
    may_open: May = members
    rows_in_file: Callable[[ListAsked, Access, datetime], Rows] | None = None

    def rows_of_file(self, asked: ListAsked, access: Access, now: datetime) -> Rows:
        return (self.rows_in_file or self.rows)(asked, access, now)


def requirement_rows(asked: ListAsked, access: Access, _now: datetime) -> Rows:
    page = requirement_list_page(parameters=asked.kept, asked=asked_scope(asked.kept), access=access, program=program())
    return page.list.rows


def function_rows(asked: ListAsked, access: Access, _now: datetime) -> Rows:
    page = function_list_page(parameters=asked.kept, asked=asked_scope(asked.kept), access=access, program=program())
    return page.list.rows


def kano_rows(asked: ListAsked, access: Access, _now: datetime) -> Rows:
    page = kano_page(parameters=asked.kept, asked=asked_scope(asked.kept), access=access, program=program())
    return page.list.rows


def importance_rows(asked: ListAsked, access: Access, _now: datetime) -> Rows:
    page = importance_page(parameters=asked.kept, asked=asked_scope(asked.kept), access=access, program=program())
    return page.list.rows


def expectation_rows(asked: ListAsked, access: Access, _now: datetime) -> Rows:
    page = expectations_page(parameters=asked.kept, asked=asked_scope(asked.kept), access=access, program=program())
    return page.list.rows


def loyalty_rows(asked: ListAsked, access: Access, _now: datetime) -> Rows:
    page = loyalty_page(parameters=asked.kept, asked=asked_scope(asked.kept), access=access, program=program())
    return page.list.rows


def loyalty_rows_in_file(asked: ListAsked, access: Access, _now: datetime) -> Rows:
    page = loyalty_page(parameters=asked.kept, asked=asked_scope(asked.kept), access=access, program=program())
    return page.in_file.rows


def strictness_rows(asked: ListAsked, access: Access, _now: datetime) -> Rows:
    page = strictness_page(parameters=asked.kept, asked=asked_scope(asked.kept), access=access, program=program())
    return page.list.rows


LISTS = {
    known.plan.name: known
    for known in (
        KnownList(
            REQUIREMENTS, "requirement_list", requirement_rows,
            rows_in_file=lambda asked, access, now: requirements_in_full(requirement_rows(asked, access, now)),
        ),
        KnownList(
            FUNCTIONS, "function_list", function_rows,
            rows_in_file=lambda asked, access, now: functions_in_full(function_rows(asked, access, now)),
        ),
        KnownList(KANO, "view_kano", kano_rows),
        KnownList(IMPORTANCE, "view_importance", importance_rows),
        KnownList(EXPECTATIONS, "view_expectations", expectation_rows),
        KnownList(LOYALTY, "view_loyalty", loyalty_rows, rows_in_file=loyalty_rows_in_file),
        KnownList(STRICTNESS, "view_strictness", strictness_rows),
        KnownList(
            METRICS,
            "metric_list",
            lambda asked, access, now: metric_rows(asked, access, program=program(), today=program_day(now)),
            rows_in_file=lambda asked, access, now: metrics_in_full(
                asked, access, program=program(), today=program_day(now)
            ),
        ),
        KnownList(
            INTERVIEWS,
            "interview_list",
            lambda asked, access, now: with_counts(asked.narrowed(interviews_for(access))),
        ),
        KnownList(WORDS, "word_list", lambda asked, access, now: words_asked_for(asked, access), specialists),
        KnownList(FOUND, "word_search", lambda asked, access, now: found_rows(asked, access), specialists),
        KnownList(PRODUCTS, "product_list", lambda asked, access, now: asked.narrowed(products_in_use())),
        KnownList(
            CUSTOMERS, "customer_list", lambda asked, access, now: standing_rows(asked), specialists,
            rows_in_file=lambda asked, access, now: with_products(standing_rows(asked)),
        ),
        KnownList(ROUNDS, "round_list", lambda asked, access, now: asked.narrowed(rounds_with_counts()), specialists),
        KnownList(
            WEIGHT_SETS, "weight_set_list", lambda asked, access, now: asked.narrowed(weight_sets()), specialists
        ),
        KnownList(LOSSES, "loss_list", lambda asked, access, now: asked.narrowed(losses()), specialists),
        KnownList(
            AMBASSADORS,
            "ambassador_list",
            lambda asked, access, now: ambassadors_asked_for(asked, now=now),
            specialists,
        ),
        KnownList(
            ACTIONS,
            "action_list",
            lambda asked, access, now: actions_asked_for(asked, access, today=program_day(now)),
        ),
        KnownList(
            LOOP, "loop_list", lambda asked, access, now: loop_asked_for(asked, today=program_day(now)), specialists
        ),
        KnownList(
            INVOLVEMENTS, "involvement_list", lambda asked, access, now: asked.narrowed(involvements()), specialists
        ),
        KnownList(CONTACTS, "contact_list", lambda asked, access, now: asked.narrowed(contacts()), specialists),
        KnownList(
            FINDINGS,
            "finding_list",
            lambda asked, access, now: findings_asked_for(asked, access, today=program_day(now)),
            metric_keepers,
        ),
        KnownList(
            INITIATIVES,
            "initiative_list",
            lambda asked, access, now: initiatives_asked_for(asked, access, program()),
        ),
        KnownList(STARTER_LIST, "starter_list", lambda asked, access, now: starters_asked_for(asked), specialists),
        KnownList(
            SUSPECT_LINKS,
            "suspect_link_list",
            lambda asked, access, now: asked.narrowed(suspect_links(access)),
            metric_keepers,
        ),
        KnownList(
            MEASUREMENTS, "measurement_list", lambda asked, access, now: measurement_rows(asked, access), metric_keepers
        ),
        KnownList(
            FILE_IMPORTS, "file_import_list", lambda asked, access, now: asked.narrowed(file_imports()), specialists
        ),
        KnownList(KEPT, "kept_list", lambda asked, access, now: asked.narrowed(snapshots())),
        KnownList(SCENARIOS, "scenario_list", lambda asked, access, now: asked.narrowed(scenarios())),
        KnownList(
            BELIEFS,
            "belief_list",
            lambda asked, access, now: asked.narrowed(askings_for(access, today=program_day(now))),
        ),
        KnownList(REVIEWS, "review_list", lambda asked, access, now: asked.narrowed(reviews_for(access))),
        KnownList(REPORTS, "report_list", lambda asked, access, now: asked.narrowed(reports_for(access))),
        KnownList(JOBS, "settings_jobs", lambda asked, access, now: asked.narrowed(listed_jobs(access)), specialists),
        KnownList(EXPORTS, "list_export_list", lambda asked, access, now: asked.narrowed(exports_of(access))),
        KnownList(NOTICES, "inbox", lambda asked, access, now: lines_asked_for(asked, access)),
        KnownList(
            WEBHOOKS,
            "webhook_list",
            lambda asked, access, now: with_deliveries(asked.narrowed(endpoints_for(access))),
            specialists,
        ),
        KnownList(
            DELIVERIES, "delivery_list", lambda asked, access, now: asked.narrowed(deliveries_for(access)), specialists
        ),
        KnownList(
            CLIENTS,
            "settings_clients",
            lambda asked, access, now: asked.narrowed(registered_clients()),
            administrators,
        ),
        KnownList(
            SESSIONS,
            "settings_sessions",
            lambda asked, access, now: sessions_asked_for(asked, sessions_of(user_id=access.user_id or 0)),
        ),
        KnownList(TOKENS, "settings_tokens", lambda asked, access, now: asked.narrowed(tokens_for(access))),
        KnownList(PEOPLE, "settings_people", lambda asked, access, now: asked.narrowed(people()), administrators),
        KnownList(AUDIT, "settings_audit", lambda asked, access, now: asked.narrowed(audit_entries()), administrators),
    )
}  # fmt: skip


def list_for(access: Access, name: str) -> KnownList | None:
    """Return the list if there is one of this name that the person may open."""
    known = LISTS.get(name)
    return known if known and known.may_open(access) else None


def names_for(access: Access) -> list[str]:
    return [name for name, known in LISTS.items() if known.may_open(access)]


def asked_of(known: KnownList, query: str) -> ListAsked:
    """Read a kept address as the list itself reads it; what is longer than a view may be is cut off."""
    return ListAsked(known.plan, QueryDict(query[:LONGEST_QUERY]))


def in_a_sentence(asked: ListAsked) -> str:
    """Say what an address asks for: its filters and its order."""
    chips = [f"{chip.label}: {chip.value}" for chip in asked.chips]
    order = asked.plan.column(asked.sort.removeprefix("-")).label
    way = _("from high to low") if asked.sort.startswith("-") else _("from low to high")
    return _("%(filters)s; sorted by %(order)s, %(way)s.") % {
        "filters": ", ".join(chips) or _("no filter"), "order": order, "way": way,
    }  # fmt: skip
