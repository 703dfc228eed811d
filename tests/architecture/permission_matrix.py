"""Who gets what at which address. One row per route; a route without a row fails tests/architecture/.

Columns: administrator, specialist, head, deputy, viewer, a person without a role, somebody not signed in.

    +  answered: a page, a form with errors, a redirect after a change
    x  404: it does not exist for them
    -  403: no role in the program, or a scope or role that does not reach this far
    >  asked to sign in (pages)
    !  401 (API)

`own` and `foreign`: the same address with an object of the head's own function, interview or token, and with one of
somebody else's.
"""

from dataclasses import dataclass

ROLES = ("administrator", "specialist", "head", "deputy", "viewer", "nobody", "anonymous")
EVERYBODY = "+++++++"
MEMBERS = "+++++->"
KEEPERS = "++++x->"
SPECIALISTS = "++xxx->"
ADMINISTRATORS = "+xxxx->"
BY_DOOR = {
    None: EVERYBODY,
    "members": MEMBERS,
    "metric keepers": KEEPERS,
    "specialists": SPECIALISTS,
    "administrators": ADMINISTRATORS,
}


@dataclass(frozen=True)
class Page:
    """What a page answers; without `own` and `foreign` its door alone decides. `at`: whose id the address has."""

    door: str | None
    at: str = ""
    own: str = ""
    foreign: str = ""

    def row(self, whose: str) -> str:
        return (self.own if whose == "own" else self.foreign) or BY_DOOR[self.door]


@dataclass(frozen=True)
class Address:
    """What an address of the API answers to tokens with every scope, and which scopes suffice."""

    method: str
    own: str
    foreign: str = ""
    at: str = ""
    scopes: tuple[str, ...] = ()

    def row(self, whose: str) -> str:
        return self.foreign if whose == "foreign" and self.foreign else self.own


SCORES = ("scores:read",)
DEFINITIONS = ("evidence:read", "measurements:write", "scores:read")

PAGES = {
    "healthz": Page(None),
    "readyz": Page(None),
    "setup": Page(None, own="++++++>", foreign="++++++>"),
    # Scores
    "circle": Page("members"),
    "function_list": Page("members"),
    "function_detail": Page("members", at="function"),
    "requirement_list": Page("members"),
    "requirement_detail": Page("members", at="requirement", own="++++x->", foreign="++xxx->"),
    "metric_detail": Page("members", at="metric", own="++++x->", foreign="++xxx->"),
    "customer_detail": Page("specialists", at="customer"),
    "search": Page("members"),
    # Settings
    "settings_home": Page("members"),
    "settings_people": Page("administrators"),
    "person_create": Page("administrators"),
    "person_update": Page("administrators", at="person"),
    "person_link": Page("administrators", at="person"),
    "settings_tokens": Page("members"),
    "token_create": Page("members"),
    "token_revoke": Page("members", at="token", foreign="+xxxx->"),
    "settings_jobs": Page("specialists"),
    "settings_program": Page("administrators"),
    "settings_data": Page("administrators"),
    # Functions
    "function_create": Page("specialists"),
    "function_update": Page("specialists", at="function"),
    "function_deactivate": Page("specialists", at="function"),
    "function_reactivate": Page("specialists", at="ended_function"),
    "supply_link_create": Page("specialists"),
    "supply_link_update": Page("specialists", at="supply_link"),
    "supply_link_delete": Page("specialists", at="supply_link"),
    # The catalogue
    "requirement_create": Page("specialists"),
    "requirement_history": Page("specialists", at="requirement"),
    "metric_history": Page("specialists", at="metric"),
    "function_history": Page("specialists", at="function"),
    "requirement_update": Page("specialists", at="requirement"),
    "requirement_state": Page("specialists", at="requirement"),
    "requirement_scale": Page("specialists", at="requirement"),
    "requirement_merge": Page("specialists", at="requirement"),
    "requirement_unmerge": Page("specialists", at="merged_requirement"),
    "responsibility_create": Page("specialists", at="requirement"),
    "responsibility_update": Page("specialists", at="responsibility"),
    "responsibility_delete": Page("specialists", at="responsibility"),
    "product_list": Page("members"),
    "product_create": Page("specialists"),
    "product_update": Page("specialists", at="product"),
    # The register
    "customer_list": Page("specialists"),
    "customer_create": Page("specialists"),
    "customer_update": Page("specialists", at="customer"),
    "customer_lifecycle": Page("specialists", at="customer"),
    "customer_merge": Page("specialists", at="customer"),
    "customer_unmerge": Page("specialists", at="merged_customer"),
    "contact_create": Page("specialists", at="customer"),
    "contact_update": Page("specialists", at="contact"),
    "product_use_create": Page("specialists", at="customer"),
    "product_use_update": Page("specialists", at="product_use"),
    "product_use_delete": Page("specialists", at="product_use"),
    # Interviews: everybody records what a customer said, and reads again what they recorded themselves
    "interview_list": Page("members"),
    "interview_create": Page("members"),
    "interview_detail": Page("members", at="interview", foreign="++xxx->"),
    "interview_update": Page("specialists", at="interview"),
    "interview_state": Page("specialists", at="interview"),
    "interview_complete": Page("specialists", at="interview"),
    "interview_reopen": Page("specialists", at="interview"),
    "answer_save": Page("specialists", at="interview"),
    "verbatim_create": Page("members", at="interview", foreign="++xxx->"),
    "coding_create": Page("specialists", at="verbatim"),
    "coding_delete": Page("specialists", at="coding"),
    "round_list": Page("specialists"),
    "round_create": Page("specialists"),
    "round_update": Page("specialists", at="round"),
    # Metrics: heads and deputies keep those of their own function
    "metric_list": Page("members"),
    "metric_create": Page("specialists"),
    "metric_update": Page("specialists", at="metric"),
    "metric_deactivate": Page("specialists", at="metric"),
    "metric_link_create": Page("specialists", at="metric"),
    "metric_link_update": Page("specialists", at="metric_link"),
    "metric_link_delete": Page("specialists", at="metric_link"),
    "measurement_create": Page("metric keepers", at="metric", foreign="++xxx->"),
    "measurement_correct": Page("metric keepers", at="measurement", foreign="++xxx->"),
}

API = {
    "api_docs": Page("members"),
    "api_nothing": Page(None, own="xxxxxxx", foreign="xxxxxxx"),
    "api_schema": Address("GET", "+++++-!", scopes=DEFINITIONS),
    "api:circle-list": Address("GET", "+++++-!", scopes=SCORES),
    "api:requirement-score-list": Address("GET", "+++++-!", scopes=SCORES),
    "api:requirement-score-detail": Address("GET", "++++x-!", "++xxx-!", at="requirement", scopes=SCORES),
    "api:requirement-score-explain": Address("GET", "++++x-!", "++xxx-!", at="requirement", scopes=SCORES),
    "api:function-score-list": Address("GET", "+++++-!", scopes=SCORES),
    "api:function-score-detail": Address("GET", "+++++-!", at="function", scopes=SCORES),
    "api:function-score-explain": Address("GET", "+++++-!", at="function", scopes=SCORES),
    "api:function-list": Address("GET", "+++++-!", scopes=DEFINITIONS),
    "api:function-detail": Address("GET", "+++++-!", at="function", scopes=DEFINITIONS),
    "api:supply-link-list": Address("GET", "+++++-!", scopes=DEFINITIONS),
    "api:supply-link-detail": Address("GET", "+++++-!", at="supply_link", scopes=DEFINITIONS),
    "api:requirement-list": Address("GET", "+++++-!", scopes=DEFINITIONS),
    "api:requirement-detail": Address("GET", "+++++-!", at="requirement", scopes=DEFINITIONS),
    "api:product-list": Address("GET", "+++++-!", scopes=DEFINITIONS),
    "api:product-detail": Address("GET", "+++++-!", at="product", scopes=DEFINITIONS),
    "api:metric-list": Address("GET", "+++++-!", scopes=DEFINITIONS),
    "api:metric-detail": Address("GET", "++++x-!", "++xxx-!", at="metric", scopes=DEFINITIONS),
    "api:measurement-list": Address(
        "GET", "++++x-!", "++xxx-!", at="?metric", scopes=("evidence:read", "measurements:write")
    ),
    "api:measurement-bulk": Address("POST", "++++--!", scopes=("measurements:write",)),
}
