"""Bringing a guide in again: what its file says beside the newest version, and a draft that says just that.

Questions are known by their keys. What was launched never changes: the file is written to the guide's draft, and where
there is none, to a new one. Nothing is launched by a file.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from interviews.guide_files import Json, Reading, document_of, sentences
from interviews.guide_models import Guide, GuideQuestion, GuideVersion
from interviews.guide_selectors import questions_of_version
from interviews.guide_services import change_languages, create_guide, draft_of, remove_question, update_guide
from web.documents import digest_of
from web.imports import Report, RowChange, RowNew, check_has_not_moved

GUIDES, QUESTIONS, DRAFTS = "guides", "questions", "drafts"
NOTHING = "-"
LONGEST_ORDER = 300
OF_THE_GUIDE = ("note", "default_language", "languages")
OF_A_QUESTION = ("kind", "requirement", "attribute", "product", "requirements", "required", "only_if", "unit")
PLACE = re.compile(r"^Question (\d+)(?:, ([^:]*))?: (.*)$", re.DOTALL)


@dataclass(frozen=True)
class There:
    """The guide of this name with its newest version, None where there is none."""

    guide: Guide | None
    newest: GuideVersion | None

    @property
    def document(self) -> Json | None:
        return document_of(self.newest) if self.newest else None

    @property
    def state(self) -> str:
        version = [self.newest.number, self.newest.state] if self.newest else []
        return digest_of([version, self.document])


def import_guide(
    document: Json, *, dry_run: bool, as_checked: str = "", first_row: int = 1,
    progress: Callable[[Report], None] | None = None,
) -> Report:  # fmt: skip
    """Bring a guide in, all of it or nothing; the guide of its name gets a draft that says what the file says.

    first_row: the row of the first question, in a table. Raises ValidationError if something else stands there than
    what `as_checked` is the digest of.
    """
    report = Report(rows=len(document["questions"]) if isinstance(document.get("questions"), list) else 0)
    with transaction.atomic():
        there = there_of(document)
        report.state = there.state
        check_has_not_moved(report.state, as_checked)
        before = there.document
        if before == document:
            report.unchanged[QUESTIONS] = report.rows
        else:
            bring(document, there, before, report, first_row)
        is_new = bool(report.created or report.changed or report.removed)
        if report.error_count or dry_run or not is_new:
            transaction.set_rollback(True)
    if progress:
        progress(report)
    return report


def there_of(document: Json) -> There:
    name = document.get("name")
    found = Guide.objects.filter(name=name.strip()) if isinstance(name, str) else Guide.objects.none()
    guide = found.select_for_update().first()
    newest = guide.versions.select_related("guide").order_by("-number").first() if guide else None
    return There(guide, newest)


def bring(document: Json, there: There, before: Json | None, report: Report, first_row: int) -> None:
    reading = Reading()
    version = write(document, there, reading)
    for problem in reading.problems:
        refuse(report, problem, first_row)
    if version is None or reading.problems:
        return
    after = document_of(version)
    if after == before:
        # It says the same in other words, or leaves out what is empty: there is nothing for a draft to say.
        report.unchanged[QUESTIONS] = report.rows
    else:
        tell_version(report, there, version)
        tell(report, before, after, first_row)


def write(document: Json, there: There, reading: Reading) -> GuideVersion | None:
    """Write all that a document says to a draft; what is wrong with it is noted in the reading."""
    head = reading.head(document)
    contents = [reading.question(number, each) for number, each in enumerate(head["questions"], start=1)]
    if there.guide:
        check_kinds(there.guide, head["questions"], reading)
    if reading.problems:
        return None
    languages = {"default_language": head["default_language"], "languages": head["languages"]}
    try:
        if there.guide is None:
            version = create_guide(name=head["name"], note=head["note"], **languages)
        else:
            version = emptied_draft(there.guide)
            update_guide(guide=there.guide, name=there.guide.name, note=head["note"])
            version = change_languages(version=version, **languages)
    except ValidationError as error:
        reading.problems += sentences("", error)
        return None
    reading.add(version, contents)
    return version


def emptied_draft(guide: Guide) -> GuideVersion:
    draft = draft_of(guide=guide)
    for question in reversed(questions_of_version(draft)):
        remove_question(question=question)
    return draft


def check_kinds(guide: Guide, questions: Sequence[Any], reading: Reading) -> None:
    """A key is the same question in all versions, so that answers can be compared: its kind stays."""
    kinds = dict(GuideQuestion.objects.filter(version__guide=guide).values_list("key", "kind"))
    for number, each in enumerate(questions, start=1):
        key, kind = (each.get("key"), each.get("kind")) if isinstance(each, dict) else (None, None)
        if isinstance(key, str) and kinds.get(key, kind) != kind:
            where = _("Question %(number)s, ") % {"number": number}
            said = _("'%(key)s' is a question of the kind '%(kind)s'. Another kind is another question: give it a key "
                     "of its own.") % {"key": key[:40], "kind": kinds[key]}  # fmt: skip
            reading.wrong(f"{where}kind", said)


def refuse(report: Report, problem: str, first_row: int) -> None:
    found = PLACE.match(problem)
    if found:
        report.refuse(int(found[1]) + first_row - 1, found[2] or "", "", found[3])
    else:
        column, _mark, reason = problem.partition(": ")
        report.refuse(0, column if reason else "", "", reason or problem)


# ---- What it does


def tell(report: Report, before: Json | None, after: Json, first_row: int) -> None:
    name = after["name"]
    if before is None:
        report.create(GUIDES, RowNew(0, name, after["note"]))
    else:
        tell_guide(report, name, before, after)
    stood = {each["key"]: each for each in (before or {}).get("questions", [])}
    stands = {each["key"]: each for each in after["questions"]}
    language = after["default_language"]
    for row, (key, question) in enumerate(stands.items(), start=first_row):
        if key not in stood:
            report.create(QUESTIONS, RowNew(row, key, words_of(question, language)))
        elif changes := [RowChange(row, key, *each) for each in differences(stood[key], question)]:
            report.change(QUESTIONS, changes)
        else:
            report.unchanged[QUESTIONS] += 1
    for key in stood.keys() - stands.keys():
        report.remove(QUESTIONS, RowChange(0, key, _("question"), words_of(stood[key], language) or key, NOTHING))
    tell_order(report, name, list(stood), list(stands))


def tell_version(report: Report, there: There, version: GuideVersion) -> None:
    newest = there.newest
    if newest is not None and newest.number != version.number:
        report.create(DRAFTS, RowNew(0, str(version), _("beside version %(number)s, which stays as it is") % {
            "number": newest.number}))  # fmt: skip


def tell_guide(report: Report, name: str, before: Json, after: Json) -> None:
    changes = [
        RowChange(0, name, field.replace("_", " "), shown(before[field]), shown(after[field]))
        for field in OF_THE_GUIDE
        if before[field] != after[field]
    ]
    if changes:
        report.change(GUIDES, changes)


def tell_order(report: Report, name: str, before: list[str], after: list[str]) -> None:
    old, new = ([key for key in keys if key in before and key in after] for keys in (before, after))
    if old != new:
        texts = [", ".join(keys)[:LONGEST_ORDER] for keys in (old, new)]
        report.change(_("orders of questions"), [RowChange(0, name, _("order"), *texts)])


def differences(before: Json, after: Json) -> Iterator[tuple[str, str, str]]:
    """Yield each part of a question that says something else: what, before, after."""
    old, new = dict(parts_of(before)), dict(parts_of(after))
    for what in [*old, *(each for each in new if each not in old)]:
        if old.get(what, "") != new.get(what, ""):
            yield what, old.get(what, ""), new.get(what, "")


def parts_of(question: Json) -> Iterator[tuple[str, str]]:
    for field in OF_A_QUESTION:
        yield field.replace("_", " "), shown(question[field])
    for language, words in sorted(question["texts"].items()):
        yield _("words, %(language)s") % {"language": language}, words["question"]
        yield _("hint, %(language)s") % {"language": language}, words["help"]
    yield _("choices"), "; ".join(f"{each['level']} = {shown(each['texts'])}" for each in question["choices"])


def shown(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {each}" for name, each in sorted(value.items()) if each is not None)
    return "" if value is None else str(value)


def words_of(question: Json, language: str) -> str:
    texts = question["texts"]
    found = texts.get(language) or next(iter(texts.values()), {"question": ""})
    return str(found["question"])
