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

from collections.abc import Iterator
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
ANY_SCOPE = (
    "definitions:write", "evidence:read", "evidence:write", "measurements:write", "people:read", "people:write",
    "scores:read",
)  # fmt: skip
DEFINITIONS = ("definitions:write",)
EVIDENCE = ("evidence:read", "evidence:write")
RECORDING = ("evidence:write",)
MEASURING = ("evidence:read", "measurements:write")
PUSHING = ("measurements:write",)
PEOPLE, INVITING = ("people:read", "people:write"), ("people:write",)
# Roles of the API: everybody with a role, specialists where others may know that it exists, or may not.
ALL, WORK, HIDDEN, ADMINISTRATION = "+++++-!", "++----!", "++xxx-!", "+xxxx-!"
OWN = "++++x-!"


@dataclass(frozen=True)
class Noun:
    """One shape for all nouns: who reads and who writes, by which scopes, and what else it can do."""

    at: str
    read: str = ALL
    write: str = WORK
    scopes: tuple[str, ...] = ANY_SCOPE
    writing: tuple[str, ...] = DEFINITIONS
    own: str = ""  # one record of the own function, where not everybody may read it
    foreign: str = ""
    creates: bool = True
    changes: bool = True
    deletes: bool = False
    remembers: bool = False
    verbs: tuple[str, ...] = ()

    def rows(self, name: str) -> Iterator[tuple[str, Address]]:
        listing, one = f"api:{name}-list", f"api:{name}-detail"
        yield f"GET {listing}", Address("GET", self.read, scopes=self.scopes)
        yield f"GET {one}", Address("GET", self.own or self.read, self.foreign, at=self.at, scopes=self.scopes)
        if self.creates:
            yield f"POST {listing}", Address("POST", self.write, scopes=self.writing)
        if self.changes:
            yield f"PATCH {one}", Address("PATCH", self.write, at=self.at, scopes=self.writing)
        if self.deletes:
            yield f"DELETE {one}", Address("DELETE", self.write, at=self.at, scopes=self.writing)
        if self.remembers:
            yield f"GET api:{name}-history", Address("GET", HIDDEN, at=self.at, scopes=self.scopes)
        for verb in self.verbs:
            yield f"POST api:{name}-{verb}", Address("POST", self.write, at=self.at, scopes=self.writing)


PAGES = {
    "healthz": Page(None),
    "readyz": Page(None),
    # For machines: who signed in on the pages is nobody here (tests/api/test_clients.py).
    "oauth_token": Page(None),
    "oauth_revoke": Page(None),
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
    "settings_clients": Page("administrators"),
    "client_create": Page("administrators"),
    "client_remove": Page("administrators", at="client"),
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

NOUNS = {
    "function": Noun("function", remembers=True, verbs=("deactivate", "reactivate")),
    "supply-link": Noun("supply_link", deletes=True, remembers=True),
    "person": Noun("person", ADMINISTRATION, ADMINISTRATION, PEOPLE, INVITING),
    "membership": Noun("membership", ADMINISTRATION, ADMINISTRATION, PEOPLE, INVITING, deletes=True),
    "product": Noun("product"),
    "attribute": Noun("attribute"),
    "rating-scale": Noun("rating_scale", changes=False),
    "requirement": Noun("requirement", remembers=True, verbs=("state", "scale", "merge", "unmerge")),
    "responsibility": Noun("responsibility", deletes=True),
    "customer": Noun("customer", HIDDEN, HIDDEN, EVIDENCE, RECORDING, verbs=("lifecycle", "merge", "unmerge")),
    "contact": Noun("contact", HIDDEN, HIDDEN, EVIDENCE, RECORDING),
    "product-use": Noun("product_use", HIDDEN, HIDDEN, EVIDENCE, RECORDING, deletes=True),
    "value-band": Noun("value_band", HIDDEN, HIDDEN, EVIDENCE, RECORDING, deletes=True),
    "segment": Noun("segment", HIDDEN, scopes=EVIDENCE, creates=False, changes=False),
    "round": Noun("round", HIDDEN, HIDDEN, EVIDENCE, RECORDING),
    # Everybody reads again what they recorded themselves.
    "interview": Noun(
        "interview", ALL, "++----!", EVIDENCE, RECORDING, foreign=HIDDEN, verbs=("state", "complete", "reopen")
    ),
    "answer": Noun("answer", ALL, "++----!", EVIDENCE, RECORDING, foreign=HIDDEN),
    "verbatim": Noun("verbatim", ALL, ALL, EVIDENCE, RECORDING, foreign=HIDDEN, changes=False),
    "coding": Noun("coding", ALL, "++----!", EVIDENCE, RECORDING, foreign=HIDDEN, changes=False, deletes=True),
    "objective": Noun("objective", ALL, "++----!", EVIDENCE, RECORDING, foreign=HIDDEN, changes=False),
    "metric": Noun("metric", own=OWN, foreign=HIDDEN, remembers=True),
    "metric-link": Noun("metric_link", own=OWN, foreign=HIDDEN, deletes=True, remembers=True),
}

API = {
    "api_docs": Page("members"),
    "api_nothing": Page(None, own="xxxxxxx", foreign="xxxxxxx"),
    "GET api_schema": Address("GET", ALL, scopes=ANY_SCOPE),
    "GET api:snapshot-list": Address("GET", ALL, scopes=SCORES),
    "GET api:snapshot-detail": Address("GET", ALL, at="snapshot", scopes=SCORES),
    "GET api:circle-list": Address("GET", ALL, scopes=SCORES),
    "GET api:requirement-score-list": Address("GET", ALL, scopes=SCORES),
    "GET api:requirement-score-detail": Address("GET", OWN, HIDDEN, at="requirement", scopes=SCORES),
    "GET api:requirement-score-explain": Address("GET", OWN, HIDDEN, at="requirement", scopes=SCORES),
    "GET api:function-score-list": Address("GET", ALL, scopes=SCORES),
    "GET api:function-score-detail": Address("GET", ALL, at="function", scopes=SCORES),
    "GET api:function-score-explain": Address("GET", ALL, at="function", scopes=SCORES),
    "GET api:measurement-list": Address("GET", OWN, HIDDEN, at="?metric", scopes=MEASURING),
    "POST api:measurement-list": Address("POST", "++++--!", scopes=PUSHING),
    "GET api:measurement-detail": Address("GET", OWN, HIDDEN, at="measurement", scopes=MEASURING),
    "GET api:measurement-revisions": Address("GET", OWN, HIDDEN, at="measurement", scopes=MEASURING),
    "POST api:measurement-correct": Address("POST", "++++--!", "++xx--!", at="measurement", scopes=PUSHING),
    "POST api:measurement-stream": Address("POST", "++++--!", at="?source", scopes=PUSHING),
    "GET api:job-list": Address("GET", ALL, scopes=MEASURING),
    "GET api:job-detail": Address("GET", "++xxx-!", at="job", scopes=MEASURING),
    "GET api:job-errors": Address("GET", "++xxx-!", at="job", scopes=MEASURING),
    "POST api:job-cancel": Address("POST", "++xxx-!", at="job", scopes=PUSHING),
    "POST api:measurement-bulk": Address("POST", "++++--!", scopes=PUSHING),
    "POST api:interview-record": Address("POST", ALL, scopes=RECORDING),
    "GET api:requirement-scales": Address("GET", ALL, at="requirement", scopes=ANY_SCOPE),
    **{key: row for name, noun in NOUNS.items() for key, row in noun.rows(name)},
}
