"""Who gets what at which address. One row per route; a route without a row fails tests/architecture/.

Columns: administrator, specialist, head, deputy, viewer, a person without a role, somebody not signed in.

    +  answered: a page, a form with errors, a redirect after a change
    x  404: it does not exist for them
    -  403: no role in the program, or a scope or role that does not reach this far
    >  asked to sign in (pages)
    !  401 (API)

`own` and `foreign`: the same address with an object of the head's own function, interview or token, and with one of
somebody else's. With one that does not exist, every + becomes x. A method that a page does not take answers 405 where
the row has a +, or to everybody; one that an address of the API does not take answers as reading there would, and 405.
"""

from collections.abc import Iterator
from dataclasses import dataclass

EVERYBODY = "+++++++"
MEMBERS = "+++++->"
KEEPERS = "++++x->"
SPECIALISTS = "++xxx->"
ADMINISTRATORS = "+xxxx->"
# A parameter that names nothing stored.
A_TEXT = "?source"
READS, FILLS, DOES = ("GET", "HEAD"), ("GET", "HEAD", "POST"), ("POST",)
EVERY_METHOD = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
BY_DOOR = {
    None: EVERYBODY,
    "members": MEMBERS,
    "metric keepers": KEEPERS,
    "specialists": SPECIALISTS,
    "administrators": ADMINISTRATORS,
}


def missing(row: str) -> str:
    return row.replace("+", "x")


@dataclass(frozen=True)
class Page:
    """What a page answers; without `own` and `foreign` its door alone decides. `at`: whose id the address has."""

    door: str | None
    at: str = ""
    own: str = ""
    foreign: str = ""
    takes: tuple[str, ...] = READS

    def row(self, whose: str) -> str:
        if whose == "missing":
            return missing(self.row("own")) if self.at else self.row("own")
        return (self.own if whose == "own" else self.foreign) or BY_DOOR[self.door]


@dataclass(frozen=True)
class Address:
    """What an address of the API answers to tokens with every scope, and which scopes suffice."""

    method: str
    own: str
    foreign: str = ""
    at: str = ""
    scopes: tuple[str, ...] = ()
    # Who may read at this address, and by which scopes: what decides about a method that it does not take.
    reading: str = "+++++-!"
    reading_scopes: tuple[str, ...] = ()

    def row(self, whose: str) -> str:
        if whose == "missing":
            return missing(self.own) if self.at not in {"", A_TEXT} else self.own
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
JOBS = ("evidence:read", "evidence:write", "measurements:write")
STOPPING = ("evidence:write", "measurements:write")
PUSHING = ("measurements:write",)
PEOPLE, INVITING = ("people:read", "people:write"), ("people:write",)
# Roles of the API: everybody with a role, specialists where others may know that it exists, or may not.
ALL, WORK, HIDDEN, ADMINISTRATION = "+++++-!", "++----!", "++xxx-!", "+xxxx-!"
OWN = "++++x-!"
# Kept by heads and deputies, too.
KEPT = "++++--!"


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
    own_write: str = ""  # changing the own record, where that is not as creating one
    foreign_write: str = ""

    def rows(self, name: str) -> Iterator[tuple[str, Address]]:
        listing, one = f"api:{name}-list", f"api:{name}-detail"
        yield self._row("GET", listing, self.read)
        yield self._row("GET", one, self.own or self.read, at=self.at, foreign=self.foreign)
        if self.creates:
            yield self._row("POST", listing, self.write)
        if self.changes:
            yield self._row("PATCH", one, self.own_write or self.write, at=self.at, foreign=self.foreign_write)
        if self.deletes:
            yield self._row("DELETE", one, self.own_write or self.write, at=self.at, foreign=self.foreign_write)
        if self.remembers:
            yield self._row("GET", f"api:{name}-history", HIDDEN, at=self.at)
        for verb in self.verbs:
            yield self._row("POST", f"api:{name}-{verb}", self.write, at=self.at)

    def _row(self, method: str, route: str, own: str, **where: str) -> tuple[str, Address]:
        scopes = self.scopes if method == "GET" else self.writing
        row = Address(method, own, scopes=scopes, reading=self.read, reading_scopes=self.scopes, **where)
        return f"{method} {route}", row


PAGES = {
    "healthz": Page(None),
    "readyz": Page(None),
    # For this machine, which a test is; others need a token: tests/quality_program/test_metrics.py.
    "metrics": Page(None),
    # For machines: who signed in on the pages is nobody here (tests/api/test_clients.py).
    "oauth_token": Page(None, takes=DOES),
    "oauth_revoke": Page(None, takes=DOES),
    "setup": Page(None, own="++++++>", foreign="++++++>", takes=FILLS),
    # Scores
    "circle": Page("members"),
    "function_list": Page("members"),
    "function_detail": Page("members", at="function"),
    "requirement_list": Page("members"),
    "view_kano": Page("members"),
    "view_importance": Page("members"),
    "view_expectations": Page("members"),
    "view_loyalty": Page("members"),
    "view_strictness": Page("members"),
    "requirement_detail": Page("members", at="requirement", own="++++x->", foreign="++xxx->"),
    "metric_detail": Page("members", at="metric", own="++++x->", foreign="++xxx->"),
    "customer_detail": Page("specialists", at="customer"),
    "coverage": Page("specialists"),
    "round_coverage": Page("specialists", at="planned_round"),
    "round_plan": Page("specialists", at="round", takes=FILLS),
    "round_plan_delete": Page("specialists", at="planned_round", takes=FILLS),
    "search": Page("members"),
    # Asking by mail
    "round_report_create": Page("specialists", at="round", takes=FILLS),
    "customer_report_create": Page("specialists", at="customer", takes=FILLS),
    "round_invitations": Page("specialists", at="round"),
    "round_invite": Page("specialists", at="round", takes=FILLS),
    "round_remind": Page("specialists", at="round", takes=FILLS),
    "round_letter": Page("specialists", at="round", takes=FILLS),
    "invitation_withdraw": Page("specialists", at="asked", takes=FILLS),
    "letter_again": Page("specialists", at="letter", takes=DOES),
    "letter_bounced": Page("specialists", at="letter", takes=DOES),
    # For customers who hold a key, and no role helps: tests/interviews/test_asking_by_mail.py. What it does not open:
    # test_the_holder_of_a_link_reads_what_strangers_read_and_the_own_pages.
    "link_open": Page(None, own="xxxxxxx", foreign="xxxxxxx"),
    "link_start": Page(None, own="xxxxxxx", foreign="xxxxxxx"),
    "link_question": Page(None, own="xxxxxxx", foreign="xxxxxxx", takes=FILLS),
    "link_guided": Page(None, own="xxxxxxx", foreign="xxxxxxx", takes=FILLS),
    "link_words": Page(None, own="xxxxxxx", foreign="xxxxxxx", takes=FILLS),
    "link_send": Page(None, own="xxxxxxx", foreign="xxxxxxx", takes=FILLS),
    "link_receipt": Page(None, own="xxxxxxx", foreign="xxxxxxx", takes=FILLS),
    "link_decline": Page(None, own="xxxxxxx", foreign="xxxxxxx", takes=FILLS),
    "link_unsubscribe": Page(None, own="xxxxxxx", foreign="xxxxxxx", takes=FILLS),
    "told_page": Page(None, own="xxxxxxx", foreign="xxxxxxx", takes=FILLS),
    "told_open": Page(None, own="xxxxxxx", foreign="xxxxxxx"),
    "told_stop": Page(None, own="xxxxxxx", foreign="xxxxxxx", takes=FILLS),
    # Saved views of lists: one's own; an administrator's are the shared ones, too (tests/dashboard/test_saved_views.py)
    "saved_view_create": Page("members", own="xxxxx->", foreign="xxxxx->", takes=FILLS),
    "saved_view_update": Page("members", at="saved_view", foreign="xxxxx->", takes=FILLS),
    "saved_view_default": Page("members", at="saved_view", foreign="xxxxx->", takes=DOES),
    "saved_view_delete": Page("members", at="saved_view", foreign="xxxxx->", takes=FILLS),
    # Many rows at once: undone by whom it was done
    "bulk_act": Page("specialists", at="list", takes=DOES),
    "bulk_change_detail": Page("specialists", at="bulk_change", foreign="xxxxx->"),
    "bulk_change_undo": Page("specialists", at="bulk_change", foreign="xxxxx->", takes=DOES),
    # Files
    "file_import_list": Page("specialists"),
    "file_import_create": Page("specialists", takes=FILLS),
    "document_file": Page("specialists"),
    "file_import_detail": Page("specialists", at="file_import"),
    "file_import_columns": Page("specialists", at="file_import", takes=FILLS),
    "file_import_heading": Page("specialists", at="file_import", takes=DOES),
    "file_import_duplicates": Page("specialists", at="file_import", takes=FILLS),
    "file_import_start": Page("specialists", at="file_import", takes=DOES),
    "file_import_cancel": Page("specialists", at="file_import", takes=DOES),
    "file_import_errors": Page("specialists", at="file_import"),
    # Files of long lists: for whom they were made. Which list, the address says, and a file is there for a day:
    # tests/dashboard/test_exports.py.
    "list_export_list": Page("members"),
    "list_export_create": Page("members", own="xxxxx->", foreign="xxxxx->", takes=FILLS),
    "list_export_detail": Page("members", at="list_export", foreign="xxxxx->"),
    "list_export_file": Page("members", at="list_export", own="xxxxx->", foreign="xxxxx->"),
    "list_export_discard": Page("members", at="list_export", foreign="xxxxx->", takes=DOES),
    # Settings
    "settings_home": Page("members"),
    "settings_people": Page("administrators"),
    "person_create": Page("administrators", takes=FILLS),
    "person_update": Page("administrators", at="person", takes=FILLS),
    "person_link": Page("administrators", at="person", takes=DOES),
    "settings_tokens": Page("members"),
    "token_create": Page("members", takes=FILLS),
    "token_revoke": Page("members", at="token", foreign="+xxxx->", takes=FILLS),
    "person_sessions_end": Page("administrators", at="person", takes=FILLS),
    "person_factors_reset": Page("administrators", at="person", takes=FILLS),
    "person_unlink": Page("administrators", at="person", takes=FILLS),
    "person_withdraw": Page("administrators", at="invited", takes=FILLS),
    # For people who have no account yet; the link decides: tests/accounts/test_invitations.py.
    "invitation_accept": Page(None, own="xxxxxxx", foreign="xxxxxxx", takes=FILLS),
    "invitation_open": Page(None, own="xxxxxxx", foreign="xxxxxxx"),
    "settings_sessions": Page("members"),
    "session_end": Page("members", at="session", foreign="xxxxx->", takes=FILLS),
    "sessions_end_others": Page("members", takes=DOES),
    "settings_audit": Page("administrators"),
    "audit_entry": Page("administrators", at="audit_entry"),
    "settings_clients": Page("administrators"),
    "client_create": Page("administrators", takes=FILLS),
    "client_remove": Page("administrators", at="client", takes=FILLS),
    "settings_jobs": Page("specialists"),
    "settings_job": Page("specialists", at="job"),
    "settings_job_cancel": Page("specialists", at="job", takes=DOES),
    "kept_list": Page("members"),
    "kept_create": Page("specialists", takes=FILLS),
    "report_list": Page("members"),
    "report_create": Page("specialists", takes=FILLS),
    "report_detail": Page("members", at="report", own="++++x->", foreign="++xxx->"),
    "report_pdf": Page("members", at="report", own="++++x->", foreign="++xxx->"),
    "report_draw": Page("specialists", at="report", takes=DOES),
    # Reviews: specialists prepare them, everybody reads those that are closed
    "review_list": Page("members"),
    "review_create": Page("specialists", takes=FILLS),
    "review_detail": Page("members", at="review", own="++xxx->", foreign="++xxx->", takes=FILLS),
    "review_update": Page("specialists", at="review", takes=FILLS),
    "review_remove": Page("specialists", at="review", takes=FILLS),
    "review_close": Page("specialists", at="review", takes=FILLS),
    "review_decision_create": Page("specialists", at="review", takes=FILLS),
    "review_decision_update": Page("specialists", at="review_decision", takes=FILLS),
    "review_decision_remove": Page("specialists", at="review_decision", takes=FILLS),
    "kept_change": Page("members"),
    "kept_change_start": Page("specialists", takes=DOES),
    "settings_program": Page("administrators", takes=FILLS),
    "program_export": Page("administrators", takes=FILLS),
    "program_import": Page("administrators", takes=FILLS),
    "program_import_cancel": Page("administrators", takes=DOES),
    "settings_data": Page("administrators", takes=FILLS),
    # Functions
    "function_create": Page("specialists", takes=FILLS),
    "function_update": Page("specialists", at="function", takes=FILLS),
    "function_deactivate": Page("specialists", at="function", takes=FILLS),
    "function_reactivate": Page("specialists", at="ended_function", takes=FILLS),
    "house": Page("members"),
    "house_metrics": Page("metric keepers"),
    "house_undo": Page("specialists", takes=DOES),
    "house_cell": Page("specialists", at="requirement", takes=FILLS),
    "house_metrics_cell": Page("specialists", at="requirement", takes=FILLS),
    "house_relation": Page("specialists", takes=FILLS),
    "house_roof": Page("specialists", at="metric", takes=FILLS),
    "supply_link_create": Page("specialists", takes=FILLS),
    "supply_link_update": Page("specialists", at="supply_link", takes=FILLS),
    "supply_link_delete": Page("specialists", at="supply_link", takes=FILLS),
    # The catalogue
    "requirement_create": Page("specialists", takes=FILLS),
    "requirement_history": Page("specialists", at="requirement"),
    "metric_history": Page("specialists", at="metric"),
    "function_history": Page("specialists", at="function"),
    "requirement_update": Page("specialists", at="requirement", takes=FILLS),
    "requirement_state": Page("specialists", at="requirement", takes=FILLS),
    "requirement_scale": Page("specialists", at="requirement", takes=FILLS),
    "requirement_merge": Page("specialists", at="requirement", takes=FILLS),
    "requirement_unmerge": Page("specialists", at="merged_requirement", takes=FILLS),
    "responsibility_create": Page("specialists", at="requirement", takes=FILLS),
    "responsibility_update": Page("specialists", at="responsibility", takes=FILLS),
    "responsibility_delete": Page("specialists", at="responsibility", takes=FILLS),
    "product_list": Page("members"),
    "product_create": Page("specialists", takes=FILLS),
    "product_update": Page("specialists", at="product", takes=FILLS),
    # The register
    "customer_list": Page("specialists"),
    "customer_create": Page("specialists", takes=FILLS),
    "customer_update": Page("specialists", at="customer", takes=FILLS),
    "customer_lifecycle": Page("specialists", at="customer", takes=FILLS),
    "customer_merge": Page("specialists", at="customer", takes=FILLS),
    "customer_unmerge": Page("specialists", at="merged_customer", takes=FILLS),
    "contact_create": Page("specialists", at="customer", takes=FILLS),
    "contact_list": Page("specialists"),
    "contact_update": Page("specialists", at="contact", takes=FILLS),
    "contact_data": Page("administrators", at="contact", takes=FILLS),
    "contact_erase": Page("administrators", at="contact", takes=FILLS),
    "product_use_create": Page("specialists", at="customer", takes=FILLS),
    "product_use_update": Page("specialists", at="product_use", takes=FILLS),
    "product_use_delete": Page("specialists", at="product_use", takes=FILLS),
    # Interviews: everybody records what a customer said, and reads again what they recorded themselves
    "interview_list": Page("members"),
    "interview_create": Page("members", takes=FILLS),
    "interview_detail": Page("members", at="interview", foreign="++xxx->"),
    "interview_update": Page("specialists", at="interview", takes=FILLS),
    "interview_state": Page("specialists", at="interview", takes=DOES),
    "interview_known": Page("specialists", at="interview"),
    "interview_hand_over": Page("specialists", at="interview", takes=FILLS),
    "interview_complete": Page("specialists", at="interview", takes=DOES),
    "interview_reopen": Page("specialists", at="interview", takes=DOES),
    "desk_sheets": Page("specialists", at="interview"),
    "guided_answer": Page("specialists", at="guided_interview", takes=DOES),
    "answer_save": Page("specialists", at="interview", takes=DOES),
    "verbatim_create": Page("members", at="interview", foreign="++xxx->", takes=DOES),
    "transcript_create": Page("specialists", at="interview", takes=FILLS),
    "transcript_detail": Page("specialists", at="transcript", takes=FILLS),
    "transcript_file": Page("specialists", at="transcript"),
    "transcript_remove": Page("specialists", at="transcript", takes=FILLS),
    "objective_create": Page("specialists", at="interview", takes=FILLS),
    "objective_update": Page("specialists", at="objective", takes=FILLS),
    "objective_remove": Page("specialists", at="objective", takes=FILLS),
    "coding_create": Page("specialists", at="verbatim", takes=DOES),
    "coding_delete": Page("specialists", at="coding", takes=DOES),
    # The workbench; undo knows only what its own person did.
    "word_list": Page("specialists"),
    "word_search": Page("specialists"),
    "word_saturation": Page("specialists"),
    "word_undo": Page("specialists", takes=DOES),
    "word_code": Page("specialists", at="verbatim", takes=DOES),
    "word_set_aside": Page("specialists", at="verbatim", takes=DOES),
    "word_take_up": Page("specialists", at="verbatim", takes=DOES),
    "word_coding_remove": Page("specialists", at="coding", takes=DOES),
    "word_coding_sentiment": Page("specialists", at="coding", takes=DOES),
    "word_reading_list": Page("specialists"),
    "word_reading_draw": Page("specialists", takes=FILLS),
    # Whose it is to read blind, until it is done: nobody else, administrators included
    "word_reading": Page("specialists", at="second_reading", foreign="xxxxx->"),
    "word_reading_code": Page("specialists", at="second_reading", foreign="xxxxx->", takes=DOES),
    "word_reading_uncode": Page("specialists", at="read_code", foreign="xxxxx->", takes=DOES),
    "word_reading_finish": Page("specialists", at="second_reading", foreign="xxxxx->", takes=DOES),
    "word_reading_resolve": Page("specialists", at="differing_reading", takes=DOES),
    "word_codes": Page("specialists"),
    "code_rule_requirement": Page("specialists", at="requirement", takes=FILLS),
    "code_rule_attribute": Page("specialists", at="attribute", takes=FILLS),
    "round_list": Page("specialists"),
    "round_create": Page("specialists", takes=FILLS),
    "round_update": Page("specialists", at="round", takes=FILLS),
    # Guides: what was launched is read, only a draft is changed
    "guide_list": Page("specialists"),
    "guide_create": Page("specialists", takes=FILLS),
    "guide_starter": Page("specialists", takes=DOES),
    "guide_detail": Page("specialists", at="guide"),
    "guide_update": Page("specialists", at="guide", takes=FILLS),
    "guide_draft": Page("specialists", at="guide", takes=DOES),
    "guide_languages": Page("specialists", at="guide_draft", takes=FILLS),
    "guide_launch": Page("specialists", at="guide_draft", takes=FILLS),
    "guide_version_delete": Page("specialists", at="guide_draft", takes=FILLS),
    "guide_preview": Page("specialists", at="guide_version"),
    "guide_file": Page("specialists", at="guide_version"),
    "guide_question_create": Page("specialists", at="guide_draft", takes=FILLS),
    "guide_question_update": Page("specialists", at="guide_question", takes=FILLS),
    "guide_question_move": Page("specialists", at="guide_question", takes=DOES),
    "guide_question_delete": Page("specialists", at="guide_question", takes=FILLS),
    "weight_set_list": Page("specialists"),
    "weight_set_create": Page("specialists", takes=FILLS),
    "weight_set_detail": Page("specialists", at="weight_set"),
    "weight_set_use": Page("specialists", at="weight_set", takes=FILLS),
    "weight_set_rest": Page("specialists", at="weight_set", takes=FILLS),
    "weight_set_drop": Page("specialists", at="weight_set", takes=FILLS),
    "word_consolidate": Page("specialists"),
    "word_consolidate_make": Page("specialists", takes=FILLS),
    "word_consolidate_undo": Page("specialists", at="consolidation", takes=DOES),
    "requirement_voices": Page("specialists", at="requirement"),
    "requirement_split": Page("specialists", at="requirement", takes=FILLS),
    "requirement_alike": Page("specialists"),
    "requirement_alike_merge": Page("specialists", at="twin", takes=FILLS),
    "requirement_alike_aside": Page("specialists", at="twin", takes=FILLS),
    "requirement_alike_again": Page("specialists", at="alike_verdict", takes=DOES),
    "involvement_list": Page("specialists"),
    "involvement_create": Page("specialists", takes=FILLS),
    "involvement_update": Page("specialists", at="involvement", takes=FILLS),
    "involvement_remove": Page("specialists", at="involvement", takes=FILLS),
    "loss_list": Page("specialists"),
    "loss_create": Page("specialists", takes=FILLS),
    "loss_update": Page("specialists", at="loss", takes=FILLS),
    "loss_remove": Page("specialists", at="loss", takes=FILLS),
    "loss_comparison": Page("specialists"),
    "ambassador_list": Page("specialists"),
    "ambassador_create": Page("specialists", takes=FILLS),
    "ambassador_detail": Page("specialists", at="ambassador"),
    "ambassador_update": Page("specialists", at="ambassador", takes=FILLS),
    "ambassador_withdraw": Page("specialists", at="ambassador", takes=FILLS),
    "ambassador_understood": Page("specialists", at="ambassador", takes=FILLS),
    "ambassador_ask": Page("specialists", at="ambassador", takes=FILLS),
    "ambassador_ask_update": Page("specialists", at="ambassador_ask", takes=FILLS),
    "ambassador_ask_remove": Page("specialists", at="ambassador_ask", takes=FILLS),
    "ambassador_match": Page("specialists", at="prospect"),
    # Actions: everybody reads how far each is, who works on one reads and changes it
    "action_list": Page("members"),
    "action_board": Page("members"),
    "action_rules": Page("members"),
    "my_work": Page("members"),
    "mentions_seen": Page("members", takes=DOES),
    "action_create": Page("metric keepers", takes=FILLS),
    "action_detail": Page("members", at="action", foreign="++xx+->"),
    "action_update": Page("members", at="action", own="++++x->", foreign="++xxx->", takes=FILLS),
    "action_move": Page("members", at="action", own="++++x->", foreign="++xxx->", takes=FILLS),
    "action_comment": Page("members", at="action", own="++++x->", foreign="++xxx->", takes=FILLS),
    "action_file_create": Page("members", at="action", own="++++x->", foreign="++xxx->", takes=FILLS),
    "action_file": Page("members", at="action_file", own="++++x->", foreign="++xxx->"),
    # A head may delete what the head attached.
    "action_file_remove": Page("members", at="action_file", own="++xxx->", foreign="++xxx->", takes=FILLS),
    "action_confirm": Page("specialists", at="action", takes=FILLS),
    # What one was told: nobody finds another person's
    "inbox": Page("members"),
    "digest_choice": Page("members", takes=FILLS),
    "notices_read": Page("members", takes=DOES),
    "notice_read": Page("members", at="notice", foreign="xxxxx->", takes=DOES),
    "webhook_list": Page("specialists"),
    "webhook_create": Page("specialists", takes=FILLS),
    "webhook_detail": Page("specialists", at="endpoint"),
    "webhook_update": Page("specialists", at="endpoint", takes=FILLS),
    "webhook_rotate": Page("specialists", at="endpoint", takes=FILLS),
    "webhook_remove": Page("specialists", at="endpoint", takes=FILLS),
    "webhook_test": Page("specialists", at="endpoint", takes=DOES),
    "delivery_list": Page("specialists"),
    "delivery_detail": Page("specialists", at="delivery"),
    "delivery_again": Page("specialists", at="delivery", takes=DOES),
    "loop_list": Page("specialists"),
    "telling_create": Page("specialists", takes=FILLS),
    "telling_detail": Page("specialists", at="telling"),
    "telling_update": Page("specialists", at="telling", takes=FILLS),
    "telling_approve": Page("specialists", at="telling", takes=FILLS),
    "publication_list": Page("specialists"),
    "publication_create": Page("specialists", takes=FILLS),
    "publication_detail": Page("specialists", at="publication"),
    "publication_update": Page("specialists", at="publication", takes=FILLS),
    "publication_approve": Page("specialists", at="publication", takes=FILLS),
    "publication_withdraw": Page("specialists", at="publication", takes=FILLS),
    "publication_discard": Page("specialists", at="publication", takes=FILLS),
    # Whatever is public is for everybody; here nothing is: tests/improvements/test_publications.py.
    "you_said": Page(None, own="xxxxxxx", foreign="xxxxxxx"),
    "telling_discard": Page("specialists", at="telling", takes=FILLS),
    "cause_create": Page("members", at="action", own="++++x->", foreign="++xxx->", takes=FILLS),
    "cause_update": Page("members", at="cause", own="++++x->", foreign="++xxx->", takes=FILLS),
    "cause_remove": Page("members", at="cause", own="++++x->", foreign="++xxx->", takes=FILLS),
    # Initiatives: everybody reads, heads and deputies propose for their own function, specialists decide
    "initiative_list": Page("members"),
    "initiative_detail": Page("members", at="initiative"),
    "initiative_create": Page("metric keepers", takes=FILLS),
    "initiative_update": Page("metric keepers", at="initiative", foreign="++xxx->", takes=FILLS),
    "initiative_remove": Page("metric keepers", at="initiative", foreign="++xxx->", takes=FILLS),
    "initiative_effect_create": Page("metric keepers", at="initiative", foreign="++xxx->", takes=FILLS),
    "initiative_effect_update": Page("metric keepers", at="initiative_effect", foreign="++xxx->", takes=FILLS),
    "initiative_effect_remove": Page("metric keepers", at="initiative_effect", foreign="++xxx->", takes=FILLS),
    "initiative_decide": Page("specialists", at="initiative", takes=FILLS),
    "initiative_deliver": Page("specialists", at="initiative", takes=FILLS),
    "estimates": Page("members"),
    "portfolio": Page("members"),
    "portfolio_work_out": Page("specialists", takes=DOES),
    "portfolio_compare": Page("members"),
    "what_if": Page("members"),
    # Scenarios: everybody reads, heads and deputies keep their own, specialists all
    "scenario_list": Page("members"),
    "scenario_compare": Page("members"),
    "scenario_detail": Page("members", at="scenario"),
    "scenario_create": Page("metric keepers", takes=FILLS),
    "scenario_update": Page("metric keepers", at="scenario", own="++xxx->", foreign="++xxx->", takes=FILLS),
    "scenario_remove": Page("metric keepers", at="scenario", own="++xxx->", foreign="++xxx->", takes=FILLS),
    # Beliefs: in both, executives are asked, too; specialists ask
    "belief_list": Page("members"),
    "belief_create": Page("specialists", takes=FILLS),
    "belief_detail": Page("members", at="belief_asking"),
    "belief_answer": Page("members", at="belief_asking", own="xx+++->", foreign="xx+++->", takes=FILLS),
    "belief_update": Page("specialists", at="belief_asking", takes=FILLS),
    "belief_remove": Page("specialists", at="belief_asking", takes=FILLS),
    # Metrics: heads and deputies keep those of their own function
    "metric_list": Page("members"),
    "metric_create": Page("specialists", takes=FILLS),
    "starter_list": Page("specialists"),
    "metric_update": Page("specialists", at="metric", takes=FILLS),
    "metric_deactivate": Page("specialists", at="metric", takes=FILLS),
    "metric_link_create": Page("specialists", at="metric", takes=FILLS),
    "metric_link_update": Page("specialists", at="metric_link", takes=FILLS),
    "metric_link_delete": Page("specialists", at="metric_link", takes=FILLS),
    "finding_list": Page("metric keepers"),
    "finding_aside": Page("specialists", at="finding", takes=FILLS),
    "finding_back": Page("specialists", at="finding", takes=FILLS),
    "suspect_link_list": Page("metric keepers"),
    "metric_link_affirm": Page("metric keepers", at="suspect_link", foreign="++xxx->", takes=FILLS),
    "chart_phase_create": Page("metric keepers", at="metric", foreign="++xxx->", takes=FILLS),
    "chart_phase_take_back": Page("metric keepers", at="chart_phase", foreign="++xxx->", takes=FILLS),
    "chart_note_create": Page("metric keepers", at="metric", foreign="++xxx->", takes=FILLS),
    "chart_note_update": Page("metric keepers", at="chart_note", foreign="++xxx->", takes=FILLS),
    "chart_note_delete": Page("metric keepers", at="chart_note", foreign="++xxx->", takes=FILLS),
    "source_create": Page("specialists", at="metric", takes=FILLS),
    "source_detail": Page("specialists", at="measurement_source"),
    "source_update": Page("specialists", at="measurement_source", takes=FILLS),
    "source_delete": Page("specialists", at="measurement_source", takes=FILLS),
    "source_try": Page("specialists", at="measurement_source", takes=DOES),
    "source_run": Page("specialists", at="measurement_source", takes=DOES),
    "source_pause": Page("specialists", at="measurement_source", takes=DOES),
    "source_resume": Page("specialists", at="measurement_source", takes=DOES),
    "measurement_create": Page("metric keepers", at="metric", foreign="++xxx->", takes=FILLS),
    "measurement_list": Page("metric keepers"),
    "measurement_grid": Page("metric keepers", takes=FILLS),
    "measurement_correct": Page("metric keepers", at="measurement", foreign="++xxx->", takes=FILLS),
}

NOUNS = {
    "function": Noun("function", remembers=True, verbs=("deactivate", "reactivate")),
    "supply-link": Noun("supply_link", deletes=True, remembers=True),
    "person": Noun("person", ADMINISTRATION, ADMINISTRATION, PEOPLE, INVITING),
    "invitation": Noun(
        "invitation", ADMINISTRATION, ADMINISTRATION, PEOPLE, INVITING, changes=False, verbs=("withdraw",)
    ),
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
    "guide": Noun("guide", HIDDEN, scopes=EVIDENCE, creates=False, changes=False),
    "guide-version": Noun("guide_version", HIDDEN, scopes=EVIDENCE, creates=False, changes=False),
    "round": Noun("round", HIDDEN, HIDDEN, EVIDENCE, RECORDING),
    "sampling-plan": Noun("sampling_plan", HIDDEN, HIDDEN, EVIDENCE, RECORDING, changes=False, deletes=True),
    "weight-set": Noun(
        "weight_set", HIDDEN, HIDDEN, EVIDENCE, RECORDING, changes=False, deletes=True, verbs=("use", "rest")
    ),
    # Everybody reads again what they recorded themselves.
    "interview": Noun(
        "interview", ALL, "++----!", EVIDENCE, RECORDING, foreign=HIDDEN, verbs=("state", "complete", "reopen")
    ),
    "answer": Noun("answer", ALL, "++----!", EVIDENCE, RECORDING, foreign=HIDDEN),
    "verbatim": Noun("verbatim", ALL, ALL, EVIDENCE, RECORDING, foreign=HIDDEN, changes=False),
    "coding": Noun("coding", ALL, "++----!", EVIDENCE, RECORDING, foreign=HIDDEN, deletes=True),
    "loyalty-answer": Noun("loyalty_answer", ALL, "++----!", EVIDENCE, RECORDING, foreign=HIDDEN, changes=False),
    "objective": Noun("objective", ALL, "++----!", EVIDENCE, RECORDING, foreign=HIDDEN, deletes=True),
    "interview-invitation": Noun(
        "asked", HIDDEN, HIDDEN, EVIDENCE, RECORDING, creates=False, changes=False, verbs=("withdraw",)
    ),
    "consolidation": Noun("consolidation", HIDDEN, scopes=EVIDENCE, creates=False, changes=False),
    "loss": Noun("loss", HIDDEN, HIDDEN, EVIDENCE, RECORDING, deletes=True),
    "ambassador": Noun("ambassador", HIDDEN, scopes=EVIDENCE, creates=False, changes=False),
    "ambassador-ask": Noun("ambassador_ask", HIDDEN, HIDDEN, EVIDENCE, RECORDING, deletes=True),
    # Heads and deputies propose for their own function, and keep scenarios of their own.
    "initiative": Noun("initiative", write=KEPT, foreign_write="++xx--!", scopes=SCORES, deletes=True),
    "initiative-effect": Noun(
        "initiative_effect",
        write=KEPT,
        foreign_write="++xx--!",
        own=OWN,
        foreign=HIDDEN,
        scopes=MEASURING,
        deletes=True,
    ),
    "scenario": Noun("scenario", write=KEPT, own_write="++xx--!", foreign_write="++xx--!", scopes=SCORES, deletes=True),
    "initiative-decision": Noun("initiative_decision", scopes=SCORES, creates=False, changes=False),
    "belief-asking": Noun("belief_asking", scopes=SCORES, deletes=True),
    "involvement": Noun("involvement", HIDDEN, HIDDEN, EVIDENCE, RECORDING, deletes=True),
    "metric": Noun("metric", own=OWN, foreign=HIDDEN, remembers=True),
    "metric-health": Noun("metric", scopes=MEASURING, own=OWN, foreign=HIDDEN, creates=False, changes=False),
    "metric-link": Noun("metric_link", own=OWN, foreign=HIDDEN, deletes=True, remembers=True, verbs=("affirm",)),
    "chart-phase": Noun("chart_phase", own=OWN, foreign=HIDDEN, changes=False, verbs=("take-back",)),
    "chart-note": Noun("chart_note", own=OWN, foreign=HIDDEN, deletes=True, remembers=True),
    "measurement-source": Noun(
        "measurement_source", HIDDEN, HIDDEN, deletes=True, remembers=True, verbs=("try", "run", "pause", "resume")
    ),
    "endpoint": Noun("endpoint", HIDDEN, HIDDEN, deletes=True, verbs=("test",)),
    "delivery": Noun("delivery", HIDDEN, HIDDEN, creates=False, changes=False, verbs=("again",)),
    # Letters carry names, and what is public is approved by specialists.
    "telling": Noun("telling", HIDDEN, HIDDEN, EVIDENCE, RECORDING, verbs=("approve", "discard")),
    "publication": Noun("publication", HIDDEN, HIDDEN, EVIDENCE, RECORDING, verbs=("publish", "withdraw", "discard")),
    # Everybody reads closed reviews; this one is open.
    "review": Noun("review", ALL, WORK, SCORES, RECORDING, own=HIDDEN, deletes=True, verbs=("note", "close")),
    "review-decision": Noun("review_decision", ALL, WORK, SCORES, RECORDING, own=HIDDEN, deletes=True),
    "confirmation": Noun("confirmation", HIDDEN, HIDDEN, EVIDENCE, RECORDING, changes=False),
    "metric-relation": Noun("metric_relation", own=OWN, foreign=HIDDEN, deletes=True, remembers=True),
}

API = {
    "api_docs": Page("members"),
    "api_nothing": Page(None, own="xxxxxxx", foreign="xxxxxxx", takes=EVERY_METHOD),
    "GET api_schema": Address("GET", ALL, scopes=ANY_SCOPE),
    "GET api:snapshot-list": Address("GET", ALL, scopes=SCORES),
    "GET api:snapshot-detail": Address("GET", ALL, at="snapshot", scopes=SCORES),
    "GET api:report-list": Address("GET", ALL, scopes=SCORES),
    "GET api:report-detail": Address("GET", OWN, HIDDEN, at="report", scopes=SCORES),
    "GET api:report-pdf": Address("GET", OWN, HIDDEN, at="report", scopes=SCORES),
    "POST api:report-list": Address("POST", WORK, scopes=RECORDING, reading_scopes=SCORES),
    "GET api:snapshot-change": Address("GET", ALL, at="snapshot", scopes=SCORES),
    "POST api:snapshot-split": Address("POST", WORK, at="snapshot", scopes=RECORDING, reading_scopes=SCORES),
    "POST api:snapshot-list": Address("POST", WORK, scopes=RECORDING, reading_scopes=SCORES),
    "GET api:circle-list": Address("GET", ALL, scopes=SCORES),
    "GET api:house-responsibilities": Address("GET", ALL, scopes=SCORES),
    "GET api:house-metrics": Address("GET", OWN, at="?product", scopes=SCORES),
    "GET api:document-requirements": Address("GET", HIDDEN, scopes=DEFINITIONS, reading=HIDDEN),
    "GET api:document-functions": Address("GET", HIDDEN, scopes=DEFINITIONS, reading=HIDDEN),
    "GET api:document-metrics": Address("GET", HIDDEN, scopes=DEFINITIONS, reading=HIDDEN),
    "GET api:document-house-of-responsibilities": Address("GET", HIDDEN, scopes=DEFINITIONS, reading=HIDDEN),
    "GET api:document-guide": Address("GET", HIDDEN, at="?guide", scopes=DEFINITIONS, reading=HIDDEN),
    "GET api:document-house-of-metrics": Address("GET", HIDDEN, at="?product", scopes=DEFINITIONS, reading=HIDDEN),
    **{
        f"POST api:document-import-{kind}": Address(
            "POST", HIDDEN, scopes=DEFINITIONS, reading=HIDDEN, reading_scopes=DEFINITIONS
        )
        for kind in ("requirements", "functions", "metrics", "house", "guide")
    },
    "GET api:kano-list": Address("GET", ALL, scopes=SCORES),
    "GET api:importance-performance-list": Address("GET", ALL, scopes=SCORES),
    "GET api:expected-perceived-list": Address("GET", ALL, scopes=SCORES),
    "GET api:loyalty-list": Address("GET", ALL, scopes=SCORES),
    "GET api:strictness-detail": Address("GET", OWN, HIDDEN, at="requirement", scopes=SCORES),
    "GET api:requirement-score-list": Address("GET", ALL, scopes=SCORES),
    "GET api:requirement-score-detail": Address("GET", OWN, HIDDEN, at="requirement", scopes=SCORES),
    "GET api:requirement-score-explain": Address("GET", OWN, HIDDEN, at="requirement", scopes=SCORES),
    "GET api:function-score-list": Address("GET", ALL, scopes=SCORES),
    "GET api:function-score-detail": Address("GET", ALL, at="function", scopes=SCORES),
    "GET api:function-score-explain": Address("GET", ALL, at="function", scopes=SCORES),
    "GET api:measurement-worked": Address("GET", OWN, HIDDEN, at="?metric", scopes=MEASURING),
    "GET api:measurement-list": Address("GET", OWN, HIDDEN, at="?metric", scopes=MEASURING),
    "POST api:measurement-list": Address("POST", "++++--!", scopes=PUSHING),
    # Actions: viewers read how far each is, heads keep what concerns their function
    "GET api:action-list": Address("GET", ALL, scopes=EVIDENCE, reading_scopes=EVIDENCE),
    "GET api:action-detail": Address("GET", ALL, "++xx+-!", at="action", scopes=EVIDENCE, reading_scopes=EVIDENCE),
    "GET api:action-effect": Address("GET", ALL, "++xx+-!", at="action", scopes=EVIDENCE, reading_scopes=EVIDENCE),
    "POST api:action-list": Address("POST", "++++--!", scopes=RECORDING, reading_scopes=EVIDENCE),
    "PATCH api:action-detail": Address(
        "PATCH", "++++--!", "++xx--!", at="action", scopes=RECORDING, reading_scopes=EVIDENCE
    ),
    "POST api:action-move": Address(
        "POST", "++++--!", "++xx--!", at="action", scopes=RECORDING, reading_scopes=EVIDENCE
    ),
    "GET api:action-comment-list": Address("GET", ALL, scopes=EVIDENCE, reading_scopes=EVIDENCE),
    "GET api:action-comment-detail": Address(
        "GET", OWN, HIDDEN, at="action_comment", scopes=EVIDENCE, reading_scopes=EVIDENCE
    ),
    "POST api:action-comment-list": Address("POST", "++++--!", scopes=RECORDING, reading_scopes=EVIDENCE),
    "GET api:action-file-list": Address("GET", ALL, scopes=EVIDENCE, reading_scopes=EVIDENCE),
    "GET api:action-file-detail": Address(
        "GET", OWN, HIDDEN, at="action_file", scopes=EVIDENCE, reading_scopes=EVIDENCE
    ),
    "GET api:action-file-content": Address(
        "GET", OWN, HIDDEN, at="action_file", scopes=EVIDENCE, reading_scopes=EVIDENCE
    ),
    "POST api:action-file-list": Address("POST", "++++--!", scopes=RECORDING, reading_scopes=EVIDENCE),
    # Who reads it is asked what was read; a head then deletes what the head attached, and nothing else.
    "DELETE api:action-file-detail": Address(
        "DELETE", "++++--!", "++xx--!", at="action_file", scopes=RECORDING, reading_scopes=EVIDENCE
    ),
    "GET api:telling-recipients": Address("GET", HIDDEN, at="telling", scopes=EVIDENCE, reading=HIDDEN),
    "GET api:measurement-detail": Address("GET", OWN, HIDDEN, at="measurement", scopes=MEASURING),
    "GET api:measurement-revisions": Address("GET", OWN, HIDDEN, at="measurement", scopes=MEASURING),
    "POST api:measurement-correct": Address(
        "POST", "++++--!", "++xx--!", at="measurement", scopes=PUSHING, reading_scopes=MEASURING
    ),
    "POST api:measurement-stream": Address("POST", "++++--!", at=A_TEXT, scopes=PUSHING, reading_scopes=MEASURING),
    "GET api:measurement-source-runs": Address(
        "GET", HIDDEN, at="measurement_source", scopes=ANY_SCOPE, reading=HIDDEN
    ),
    "GET api:sampling-plan-coverage": Address("GET", HIDDEN, at="sampling_plan", scopes=EVIDENCE, reading=HIDDEN),
    "GET api:involvement-stages": Address("GET", HIDDEN, scopes=EVIDENCE, reading=HIDDEN),
    "GET api:notice-list": Address("GET", ALL, scopes=EVIDENCE),
    "GET api:notice-detail": Address("GET", ALL, "xxxxx-!", at="notice", scopes=EVIDENCE),
    "POST api:notice-read": Address("POST", ALL, "xxxxx-!", at="notice", scopes=RECORDING, reading_scopes=EVIDENCE),
    "POST api:notice-read-all": Address("POST", ALL, scopes=RECORDING, reading_scopes=EVIDENCE),
    "GET api:job-list": Address("GET", ALL, scopes=JOBS),
    "GET api:job-detail": Address("GET", "++xxx-!", at="job", scopes=JOBS),
    "GET api:job-errors": Address("GET", "++xxx-!", at="job", scopes=JOBS),
    "POST api:job-cancel": Address("POST", "++xxx-!", at="job", scopes=STOPPING, reading_scopes=JOBS),
    "GET api:initiative-verdict": Address("GET", ALL, at="initiative", scopes=SCORES),
    "POST api:initiative-decide": Address("POST", WORK, at="initiative", scopes=DEFINITIONS, reading_scopes=SCORES),
    "POST api:initiative-deliver": Address("POST", WORK, at="initiative", scopes=DEFINITIONS, reading_scopes=SCORES),
    "GET api:initiative-checkpoints": Address("GET", ALL, at="initiative", scopes=SCORES),
    "GET api:calibration-list": Address("GET", ALL, scopes=SCORES),
    "GET api:belief-asking-mine": Address("GET", "xx+++-!", at="belief_asking", scopes=SCORES),
    "GET api:belief-asking-by-role": Address("GET", ALL, at="belief_asking", scopes=SCORES),
    "POST api:belief-asking-say": Address(
        "POST", "xx+++-!", at="belief_asking", scopes=RECORDING, reading_scopes=SCORES
    ),
    "GET api:portfolio-list": Address("GET", ALL, scopes=SCORES),
    "GET api:portfolio-compare": Address("GET", ALL, scopes=SCORES),
    "GET api:what-if-list": Address("GET", ALL, scopes=SCORES),
    "GET api:scenario-result": Address("GET", ALL, at="scenario", scopes=SCORES),
    "GET api:scenario-compare": Address("GET", ALL, scopes=SCORES),
    "GET api:audit-entry-list": Address("GET", ADMINISTRATION, scopes=PEOPLE, reading=ADMINISTRATION),
    "GET api:audit-entry-detail": Address(
        "GET", ADMINISTRATION, at="audit_entry", scopes=PEOPLE, reading=ADMINISTRATION
    ),
    "POST api:measurement-bulk": Address("POST", "++++--!", scopes=PUSHING, reading_scopes=MEASURING),
    "POST api:interview-record": Address("POST", ALL, scopes=RECORDING, reading_scopes=EVIDENCE),
    "POST api:verbatim-set-aside": Address("POST", WORK, at="verbatim", scopes=RECORDING, reading_scopes=EVIDENCE),
    "POST api:verbatim-take-up": Address("POST", WORK, at="verbatim", scopes=RECORDING, reading_scopes=EVIDENCE),
    "GET api:requirement-scales": Address("GET", ALL, at="requirement", scopes=ANY_SCOPE),
    **{key: row for name, noun in NOUNS.items() for key, row in noun.rows(name)},
}
