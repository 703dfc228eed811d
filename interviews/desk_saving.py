"""One question of a desk and what was sent to it: saved, refused by its form, or in conflict with another answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError

from accounts.models import User
from interviews.desk_services import CHANGED, Unchosen, keep_unchosen, save_seen
from interviews.models import Interview
from web.forms import add_errors, moment_in
from web.once import key_in, new_key

UNITS = {"level": "level_unit", "perceived_level": "perceived_unit"}
# What a form has beside its answer; a choice between two answers is made anew each time.
NOT_ECHOED = frozenset({"csrfmiddlewaretoken", "made_on", "entry", "made_at", "keep", "then", "lang"})
OLDEST = timedelta(days=366)


class Outcome(Enum):
    SAVED = "saved"
    REFUSED = "refused"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A question in hand. `version`: of what is stored now; `write` stores what the form says."""

    interview: Interview
    key: str
    asked: str
    form: Any
    version: Callable[[], str]
    write: Callable[[], object]

    def save(self, sent: Mapping[str, str], *, by: User, now: datetime) -> Outcome:
        """Store what was sent, or keep it as what was not chosen; what is refused is said by the form."""
        if not self.form.is_valid():
            return Outcome.REFUSED
        keep, made_at = sent.get("keep", ""), moment(sent.get("made_at", ""), now)
        try:
            if keep == "stored":
                keep_unchosen(interview=self.interview, unchosen=self.unchosen(sent, by, made_at), now=now)
                return Outcome.SAVED
            save_seen(
                interview=self.interview,
                made_on=sent.get("made_on", ""),
                version=self.version,
                write=self.write,
                instead_of=self.unchosen(sent, by) if keep == "mine" else None,
                now=now,
            )
        except ValidationError as refusal:
            if getattr(refusal, "code", None) == CHANGED:
                return Outcome.CONFLICT
            add_errors(self.form, beside_fields(refusal, self.form))
            return Outcome.REFUSED
        return Outcome.SAVED

    def unchosen(self, sent: Mapping[str, str], by: User, *said_at: datetime | None) -> Unchosen:
        """Return what was sent as what is not chosen, or, without its moment, what is stored."""
        said = in_words(self.form, typed(self.form) if said_at else stored(self.form))
        return Unchosen(
            key=self.key, asked=self.asked, said=said, entry=entry_of(sent), by=by, said_at=next(iter(said_at), None)
        )

    def conflict(self, sent: Any, now: datetime) -> dict[str, Any]:
        """Return both answers in words, and what has to be sent again with the choice."""
        return {
            "theirs": in_words(self.form, stored(self.form)),
            "mine": in_words(self.form, typed(self.form)),
            "made_at": moment(sent.get("made_at", ""), now),
            "echo": [(name, each) for name, values in sent.lists() if name not in NOT_ECHOED for each in values],
            "made_on": self.version(),
            "entry": entry_of(sent),
            "sent_at": sent.get("made_at", ""),
        }


def entry_of(sent: Mapping[str, str]) -> str:
    return key_in(sent) or new_key()


def moment(text: str, now: datetime) -> datetime | None:
    """Return when the browser says that it was said; a clock that is a year off says nothing."""
    said_at = moment_in(text)
    return said_at if said_at is not None and now - OLDEST < said_at < now + timedelta(days=1) else None


def beside_fields(refusal: ValidationError, form: Any) -> ValidationError:
    if not hasattr(refusal, "error_dict"):
        return refusal
    perception = "perceived_level" if form.cleaned_data.get("perceived_level") is not None else "perceived"
    names = {"perception": perception}
    return ValidationError({names.get(name, name): errors for name, errors in refusal.error_dict.items()})


# ---- In words


def stored(form: forms.Form) -> dict[str, Any]:
    return {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}


def typed(form: forms.Form) -> dict[str, Any]:
    return {name: form.cleaned_data.get(name, form[name].value()) for name in form.fields}


def in_words(form: forms.Form, values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what a form says, as (what was asked, what was said); fields without a value say nothing."""
    said = []
    for name, field in form.fields.items():
        value = values.get(name)
        if value in (None, "") or name in UNITS.values():
            continue
        text = f"{value.normalize():f}" if isinstance(value, Decimal) else worded(field, value)
        if name in UNITS:
            text = f"{text} {worded(form.fields[UNITS[name]], values.get(UNITS[name]))}"
        said.append((str(field.label), text))
    return said


def worded(field: forms.Field, value: Any) -> str:
    choices: dict[Any, Any] = dict(cast("Any", field.choices)) if isinstance(field, forms.ChoiceField) else {}
    return str(choices.get(str(value), value))
