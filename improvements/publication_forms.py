"""What is asked about an edition of 'you said, we did'."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from improvements.action_models import Action
from improvements.publication_models import LONGEST_SAID, Publication, PublishedAction
from web.forms import SeveralField, layout


def words_field(label: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=LONGEST_SAID, widget=forms.Textarea(attrs={"rows": 3}))


class EditionForm(forms.Form):
    """With which actions."""

    actions = SeveralField(
        label=_("Effective actions"), queryset=Action.objects.none(), widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one action.")},
    )  # fmt: skip

    def __init__(self, *args: Any, actions: QuerySet[Action], **options: Any) -> None:
        super().__init__(*args, **options)
        fields: Any = self.fields
        fields["actions"].queryset = actions
        self.helper = layout("actions")


class PublicationForm(forms.Form):
    intro = words_field(_("Beginning"))

    def __init__(self, *args: Any, publication: Publication, items: list[PublishedAction], **options: Any) -> None:
        words = {f"{name}_{item.pk}": getattr(item, name) for item in items for name in ("said", "did")}
        options["initial"] = {"intro": publication.intro} | words
        super().__init__(*args, **options)
        self.items = items
        for item in items:
            self.fields[f"said_{item.pk}"] = words_field(_("%(title)s: you said") % {"title": item.action.title})
            self.fields[f"did_{item.pk}"] = words_field(_("%(title)s: we did") % {"title": item.action.title})
        self.helper = layout(*self.fields)

    def words(self) -> dict[int, tuple[str, str]]:
        said = self.cleaned_data
        return {item.pk: (said[f"said_{item.pk}"], said[f"did_{item.pk}"]) for item in self.items}
