"""Forms of guides: names and languages, and one question with its words in every language side by side."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from customers.forms import LANGUAGES
from customers.selectors import languages_of_contacts
from interviews.guide_models import LONGEST_CHOICE, LONGEST_HELP, LONGEST_QUESTION, Guide, GuideQuestion, GuideVersion
from interviews.guide_script import Wording
from interviews.guide_services import MOST_CHOICES, SUBJECTS, NewChoice, NewQuestion
from interviews.loyalty_words import standard_texts
from requirements_catalog.models import Attribute, Product, Requirement
from web.forms import SeveralField, group, layout, side_by_side
from web.numbers import ExactNumberField

Kind, Test = GuideQuestion.Kind, GuideQuestion.Test
NAMES = dict(LANGUAGES)
USUAL = ("de", "en", "es", "fr", "it")
SPARE_CHOICES, FEWEST_CHOICES = 2, 4


def language_choices(*, kept: Sequence[str] = ()) -> list[tuple[str, str]]:
    """Return the languages of the contacts, the usual ones and those that are chosen already, by name (1 query)."""
    codes = {*languages_of_contacts(), *USUAL, *kept} & {*NAMES, *kept}
    return sorted(((code, NAMES.get(code, code)) for code in codes), key=lambda choice: choice[1])


class GuideForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120)
    note = forms.CharField(
        label=_("What it is for"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Read by whoever plans a round."),
    )

    helper = layout("name", "note")

    @classmethod
    def of_guide(cls, guide: Guide, data: Any = None) -> "GuideForm":
        return cls(data, initial={"name": guide.name, "note": guide.note})


class LanguagesForm(forms.Form):
    default_language = forms.ChoiceField(
        label=_("Default language"), help_text=_("Shown where a translation is missing.")
    )
    languages = forms.MultipleChoiceField(
        label=_("Languages"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Each contact is asked in the own language, if the guide has it."),
    )

    helper = layout("default_language", "languages")

    def __init__(self, *args: Any, kept: Sequence[str] = (), **options: Any) -> None:
        super().__init__(*args, **options)
        choices = language_choices(kept=kept)
        for name in ("default_language", "languages"):
            field: Any = self.fields[name]
            field.choices = choices

    @classmethod
    def of_version(cls, version: GuideVersion, data: Any = None) -> "LanguagesForm":
        initial = {"default_language": version.default_language, "languages": version.languages}
        return cls(data, initial=initial, kept=version.languages)


class NewGuideForm(LanguagesForm, GuideForm):
    helper = layout("name", "note", "default_language", "languages")


class StarterForm(forms.Form):
    """One click: which starter, and the product that it asks about."""

    starter = forms.CharField(max_length=40)
    product = forms.ModelChoiceField(label=_("Product"), queryset=Product.objects.filter(is_active=True))


class QuestionForm(forms.Form):
    """One question; its kind decides what it is about, its version in which languages it is written."""

    revision = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)
    requirement = forms.ModelChoiceField(label=_("Requirement"), queryset=Requirement.objects.none(), required=False)
    requirements = SeveralField(
        label=_("Requirements over which 100 points are spread"),
        queryset=Requirement.objects.none(),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 8}),
        help_text=_("At least two."),
    )
    attribute = forms.ModelChoiceField(label=_("Attribute"), queryset=Attribute.objects.all(), required=False)
    product = forms.ModelChoiceField(label=_("Product"), queryset=Product.objects.none(), required=False)
    is_required = forms.BooleanField(
        label=_("Required"),
        required=False,
        help_text=_("'Does not know' and 'not applicable' are answers, too."),
    )
    shown_if = forms.ChoiceField(label=_("Only if the answer to"), required=False)
    shown_if_test = forms.ChoiceField(label=_("passes"), choices=[("", "—"), *Test.choices], required=False)
    shown_if_value = ExactNumberField(label=_("Number"), required=False)

    def __init__(
        self,
        data: Any = None,
        *,
        version: GuideVersion,
        kind: str,
        earlier: Sequence[GuideQuestion] = (),
        question: GuideQuestion | None = None,
    ) -> None:
        self.kind, self.version, self.earlier = kind, version, {str(each.pk): each for each in earlier}
        self.rows = rows_of_choices(question) if kind == Kind.LEVEL else 0
        super().__init__(data, initial=initial_of(question) if question else initial_of_new(version, kind))
        subjects = [name for name in SUBJECTS[Kind(kind)] if name in self.fields]
        for name in ("requirement", "requirements", "attribute", "product"):
            if name not in subjects:
                del self.fields[name]
        self._offer_records(question)
        branches = [(pk, f"{each.position}. {first_words(each, version)}") for pk, each in self.earlier.items()]
        shown_if: Any = self.fields["shown_if"]
        shown_if.choices = [("", "—"), *branches]
        self._add_words()
        self.helper = self._layout(subjects)

    def _offer_records(self, question: GuideQuestion | None) -> None:
        """Offer what can be asked about; what a question names already stays a choice."""
        kept = {question.requirement_id} if question else set()
        kept |= {each.pk for each in question.requirements.all()} if question else set()
        active = Requirement.objects.filter(state=Requirement.State.ACTIVE, merged_into=None)
        if self.kind == Kind.LEVEL:
            active = active.filter(current_scale__isnull=False)
        asked = active | Requirement.objects.filter(pk__in=[pk for pk in kept if pk])
        products = Product.objects.filter(is_active=True)
        for name, rows in (("requirement", asked), ("requirements", asked), ("product", products)):
            if name in self.fields:
                field: Any = self.fields[name]
                field.queryset = rows

    def _add_words(self) -> None:
        for code in self.version.languages:
            name = NAMES.get(code, code)
            attributes = {"lang": code, "dir": "auto"}
            self.fields[f"text_{code}"] = forms.CharField(
                label=_("Question, %(language)s") % {"language": name},
                max_length=LONGEST_QUESTION,
                required=code == self.version.default_language,
                widget=forms.Textarea(attrs={"rows": 3, **attributes}),
            )
            self.fields[f"help_{code}"] = forms.CharField(
                label=_("Hint for the interviewer, %(language)s") % {"language": name},
                max_length=LONGEST_HELP,
                required=False,
                widget=forms.Textarea(attrs={"rows": 2, **attributes}),
            )
            for row in range(self.rows):
                self.fields[f"choice_{row}_{code}"] = forms.CharField(
                    label=_("Choice %(number)d, %(language)s") % {"number": row + 1, "language": name},
                    max_length=LONGEST_CHOICE,
                    required=False,
                    widget=forms.TextInput(attrs=attributes),
                )
        for row in range(self.rows):
            label = _("Choice %(number)d: level") % {"number": row + 1}
            self.fields[f"choice_{row}_level"] = ExactNumberField(label=label, required=False)

    def _layout(self, subjects: Sequence[str]) -> Any:
        codes = self.version.languages
        words = group(
            _("Words"),
            side_by_side(*(f"text_{code}" for code in codes)),
            side_by_side(*(f"help_{code}" for code in codes)),
        )
        choices = [
            side_by_side(f"choice_{row}_level", *(f"choice_{row}_{code}" for code in codes)) for row in range(self.rows)
        ]
        about = [name for name in ("requirement", "requirements", "attribute", "product") if name in subjects]
        when = side_by_side("shown_if", "shown_if_test", "shown_if_value")
        return layout(
            "revision",
            group(_("About"), *about),
            words,
            *([group(_("Levels in words"), *choices)] if choices else []),
            group(_("When"), "is_required", when),
        )

    # ---- What was typed

    def clean_shown_if(self) -> GuideQuestion | None:
        return self.earlier.get(self.cleaned_data["shown_if"])

    def clean(self) -> dict[str, Any]:
        for row in range(self.rows):
            if self.cleaned_data.get(f"choice_{row}_level") is None and self._words_of_choice(row):
                message = _("State the level that these words stand for.")
                self.add_error(f"choice_{row}_level", ValidationError(message, code="no_level"))
        return self.cleaned_data

    def _words_of_choice(self, row: int) -> dict[str, str]:
        texts = {code: self.cleaned_data.get(f"choice_{row}_{code}", "") for code in self.version.languages}
        return {code: text for code, text in texts.items() if text}

    def content(self) -> NewQuestion:
        """Return the question as the services take it."""
        said = self.cleaned_data
        return NewQuestion(
            kind=self.kind,
            texts={
                code: Wording(said[f"text_{code}"], said[f"help_{code}"])
                for code in self.version.languages
                if said[f"text_{code}"]
            },
            requirement=said.get("requirement"),
            attribute=said.get("attribute"),
            product=said.get("product"),
            requirements=tuple(said.get("requirements") or ()),
            is_required=said["is_required"],
            shown_if=said["shown_if"],
            shown_if_test=said["shown_if_test"],
            shown_if_value=said["shown_if_value"],
            choices=tuple(
                NewChoice(said[f"choice_{row}_level"], self._words_of_choice(row))
                for row in range(self.rows)
                if said.get(f"choice_{row}_level") is not None
            ),
        )

    def fields_of_refusal(self, error: ValidationError) -> ValidationError:
        """Return a refusal of the services with the names that this form gives to what it is about."""
        if not hasattr(error, "error_dict"):
            return error
        names = {"texts": f"text_{self.version.default_language}", "choices": "choice_0_level"}
        return ValidationError(
            {
                (name if name in self.fields else None) or "__all__": errors
                for name, errors in ((names.get(name, name), errors) for name, errors in error.error_dict.items())
            }
        )


def first_words(question: GuideQuestion, version: GuideVersion) -> str:
    """Return a question's beginning in the default language."""
    texts = {each.language: each.text for each in question.texts.all()}
    return texts.get(version.default_language, next(iter(texts.values()), ""))[:60]


def rows_of_choices(question: GuideQuestion | None) -> int:
    there = len(question.choices.all()) if question else 0
    return min(MOST_CHOICES, max(FEWEST_CHOICES, there + SPARE_CHOICES))


def initial_of_new(version: GuideVersion, kind: str) -> dict[str, Any]:
    """Return the words of NPS, CSAT and CES that others use, too: only what is asked alike can be compared."""
    words = standard_texts(kind, version.languages)
    return {"revision": 0} | {f"text_{code}": each.text for code, each in words.items()}


def initial_of(question: GuideQuestion) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "revision": question.revision,
        "requirement": question.requirement_id,
        "requirements": [each.pk for each in question.requirements.all()],
        "attribute": question.attribute_id,
        "product": question.product_id,
        "is_required": question.is_required,
        "shown_if": question.shown_if_id,
        "shown_if_test": question.shown_if_test,
        "shown_if_value": question.shown_if_value,
    }
    for words in question.texts.all():
        plain |= {f"text_{words.language}": words.text, f"help_{words.language}": words.help}
    for row, choice in enumerate(question.choices.all()):
        plain[f"choice_{row}_level"] = choice.level
        plain |= {f"choice_{row}_{words.language}": words.text for words in choice.texts.all()}
    return plain
