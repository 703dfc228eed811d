"""The side navigation: the places that a person may open, in the order of the work."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from functions.selectors import NOBODY, Access, program, scope_for
from improvements.action_selectors import waiting_count
from interviews.workbench import MOST_COUNTED, uncoded_count

May = Callable[[Access], bool]


def members(access: Access) -> bool:
    return access.is_member


def specialists(access: Access) -> bool:
    return access.is_specialist


def metric_keepers(access: Access) -> bool:
    return access.is_specialist or bool(access.functions)


def administrators(access: Access) -> bool:
    return access.is_administrator


@dataclass(frozen=True)
class Place:
    """A link of the side navigation; `pages`: beginnings of the URL names for which it is the current one."""

    label: Any
    name: str
    pages: tuple[str, ...]
    may_open: May = members
    icon: str = ""
    waiting: Callable[[], int] | None = None  # how much there is to do


@dataclass(frozen=True)
class Group:
    label: Any
    icon: str
    places: tuple[Place, ...]


CIRCLE = Place(_("Circle"), "circle", ("circle", "kept"), icon="circle")
GROUPS = (
    Group(
        _("Listen"),
        "listen",
        (
            Place(_("Coverage"), "coverage", ("coverage", "round_coverage", "weight_set"), may_open=specialists),
            # Everybody may record what a customer said, and finds again what they recorded.
            Place(_("Interviews"), "interview_list", ("interview", "answer", "verbatim", "coding")),
            Place(_("Words"), "word_list", ("word", "code_rule"), may_open=specialists, waiting=uncoded_count),
            Place(_("Customers"), "customer_list", ("customer", "contact"), may_open=specialists),
            Place(
                _("Rounds"),
                "round_list",
                (
                    "round_list",
                    "round_create",
                    "round_update",
                    "round_plan",
                    "round_invitations",
                    "round_invite",
                    "round_remind",
                    "round_letter",
                    "invitation_withdraw",
                ),
                may_open=specialists,
            ),
            Place(_("Guides"), "guide_list", ("guide",), may_open=specialists),
            Place(_("Involvement"), "involvement_list", ("involvement",), may_open=specialists),
            Place(_("Losses"), "loss_list", ("loss",), may_open=specialists),
            Place(_("Ambassadors"), "ambassador_list", ("ambassador",), may_open=specialists),
        ),
    ),
    Group(
        _("Define"),
        "define",
        (
            Place(_("Requirements"), "requirement_list", ("requirement", "responsibility")),
            Place(_("House of Quality"), "house", ("house",)),
            Place(_("Views"), "view_kano", ("view",)),
            Place(_("Products"), "product_list", ("product",)),
        ),
    ),
    Group(
        _("Measure"),
        "measure",
        (
            Place(
                _("Metrics"),
                "metric_list",
                ("metric", "measurement_list", "measurement_create", "measurement_correct", "suspect_link", "starter"),
            ),
            Place(_("Enter measurements"), "measurement_grid", ("measurement_grid",), may_open=metric_keepers),
            Place(_("Findings"), "finding_list", ("finding",), may_open=metric_keepers),
            Place(_("Functions"), "function_list", ("function", "supply_link")),
            Place(_("Imports"), "file_import_list", ("file_import",), may_open=specialists),
        ),
    ),
    Group(
        _("Act"),
        "act",
        (
            Place(_("Actions"), "action_list", ("action", "cause")),
            Place(_("Loop"), "loop_list", ("loop", "telling", "publication"), may_open=specialists),
            Place(_("My work"), "my_work", ("my_work",)),
            Place(_("Inbox"), "inbox", ("inbox", "digest_choice")),
        ),
    ),
    Group(
        _("Decide"),
        "decide",
        (
            Place(_("Initiatives"), "initiative_list", ("initiative",)),
            Place(_("Portfolio"), "portfolio", ("portfolio",)),
            Place(_("What if"), "what_if", ("what_if",)),
            Place(_("Scenarios"), "scenario_list", ("scenario",)),
            Place(_("How well we estimate"), "estimates", ("estimates",)),
            Place(_("Beliefs"), "belief_list", ("belief",)),
            Place(_("Reviews"), "review_list", ("review",)),
            Place(_("Reports"), "report_list", ("report",)),
        ),
    ),
)
SETTINGS = Place(
    _("Settings"),
    "settings_home",
    (
        "settings",
        "person",
        "token",
        "client",
        "audit",
        "session",
        "sessions",
        "mfa",
        "list_export",
        "program",
        "webhook",
        "delivery",
    ),
    icon="settings",
)


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return what every page's frame needs; nothing is read before a template asks for it."""
    access: Any = SimpleLazyObject(lambda: access_of(request))
    return {
        "access": access,
        "program": request.program if hasattr(request, "program") else SimpleLazyObject(program),
        "side": SimpleLazyObject(lambda: side_for(access, here=page_of(request))),
        "waiting": SimpleLazyObject(lambda: waiting_for(access)),
    }


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for the person who is signed in: work, and notices that are not read."""

    work: int = 0
    notices: int = 0


def waiting_for(access: Access) -> Waiting:
    """Return how much waits for the person who is signed in (1 query)."""
    return Waiting(*waiting_count(access, today=timezone.localdate())) if access.user_id else Waiting()


def access_of(request: HttpRequest) -> Access:
    """Return what the door of this page found out, or ask now where the page has no door."""
    user = getattr(request, "user", None)
    found: Access | None = getattr(request, "access", None)
    return found or (scope_for(user) if user is not None and user.is_authenticated else NOBODY)


def page_of(request: HttpRequest) -> str:
    return (request.resolver_match and request.resolver_match.url_name) or ""


def side_for(access: Access, *, here: str) -> list[dict[str, Any]]:
    """Return the groups with at least one place that this person may open."""
    groups = [
        {"label": group.label, "icon": group.icon, "places": places}
        for group in GROUPS
        if (places := [link for place in group.places if (link := link_to(place, access, here))])
    ]
    singles = [link_to(CIRCLE, access, here), link_to(SETTINGS, access, here)]
    return [link for link in (singles[0], *groups, singles[1]) if link]


def link_to(place: Place, access: Access, here: str) -> dict[str, Any] | None:
    if not place.may_open(access):
        return None
    is_here = any(here == page or here.startswith(f"{page}_") for page in place.pages)
    waiting = place.waiting() if place.waiting else 0
    link = {"label": place.label, "url": reverse(place.name), "icon": place.icon, "is_here": is_here}
    return link | {"waiting": f"{MOST_COUNTED - 1}+" if waiting >= MOST_COUNTED else waiting}
