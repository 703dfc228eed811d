"""What a contact may ask for: everything that is kept of the person, and to be forgotten."""

import json
from http import HTTPStatus

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.confirming import be_sure_who_asks, reason_field
from accounts.personal_data import outlook_for
from customers.erasing import erase_contact, take_along_contact
from customers.models import Contact
from customers.views import address_of, crumbs_to
from functions.access import ProgramRequest, administrators_only
from functions.selectors import program_day
from web.forms import add_errors, layout
from web.saving import METHODS, answer_form, posted

WHO_ASKS = gettext_lazy(
    "How do you know that it is this person who asks? It stands in the audit trail for good: no name, no address."
)


class TakeAlongForm(forms.Form):
    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        self.fields["reason"] = reason_field()
        self.fields["reason"].label = _("Why, and for whom?")
        self.fields["reason"].help_text = WHO_ASKS
        self.helper = layout("reason")


class EraseForm(TakeAlongForm):
    """The name is typed, so that nobody erases the wrong person by a slip."""

    name = forms.CharField(label=gettext_lazy("The person's name, as it stands above"), max_length=160)

    def __init__(self, *args: object, contact: Contact, **options: object) -> None:
        super().__init__(*args, **options)
        self.contact = contact
        self.helper = layout("name", "reason")

    def clean_name(self) -> str:
        typed = str(self.cleaned_data["name"])
        if typed.strip() != self.contact.name.strip():
            raise ValidationError(_("This is not the name that stands above. Type it as it stands there."), code="name")
        return typed


def contact_of(pk: int) -> Contact:
    """Return a contact who is still a person."""
    return get_object_or_404(Contact.objects.select_related("customer"), pk=pk, erased_on=None)


@require_http_methods(METHODS)
@administrators_only
def contact_data(request: ProgramRequest, pk: int) -> HttpResponseBase:
    """Everything about one person: by somebody who shows again who it is, and for a reason."""
    contact, now = contact_of(pk), timezone.now()
    be_sure_who_asks(request, now=now)
    form = TakeAlongForm(posted(request))
    if form.is_valid():
        try:
            told = take_along_contact(contact=contact, reason=form.cleaned_data["reason"], now=now)
        except ValidationError as error:
            add_errors(form, error)
        else:
            return as_file(told, pk)
    context = {
        "form": form,
        "question": _("Contact: what do we keep of this person?"),
        "heading": _("Everything that we keep of %(name)s") % {"name": contact.name},
        "about": _(
            "One JSON file with who the person is, every interview, answer, objective and word, what was read in them, "
            "and who took such a file along. Nothing is changed."
        ),
        "crumbs": crumbs_of(contact),
        "submit": _("Make the file"),
        "cancel_url": reverse("contact_update", args=[pk]),
        "end_url": reverse("contact_erase", args=[pk]),
        "end_label": _("Erase this person"),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return TemplateResponse(request, "components/form_page.html", context, status=status)


def as_file(told: dict[str, object], pk: int) -> HttpResponse:
    content = json.dumps(told, ensure_ascii=False, indent=1)
    answer = HttpResponse(content, content_type="application/json; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="contact-{pk}.json"'
    return answer


@require_http_methods(METHODS)
@administrators_only
def contact_erase(request: ProgramRequest, pk: int) -> HttpResponseBase:
    contact, now = contact_of(pk), timezone.now()
    be_sure_who_asks(request, now=now)
    name = contact.name
    return answer_form(
        request,
        EraseForm(posted(request), contact=contact),
        lambda data: erase_contact(contact=contact, reason=data["reason"], now=now, today=program_day(now)),
        said=lambda _contact: _("The person and the person's words are erased. This is not undone."),
        then=lambda _contact: address_of(contact.customer),
        template="customers/contact_erase.html",
        question=_("Contact: does this person want to be forgotten?"),
        heading=_("Erase %(name)s") % {"name": name},
        outlook=outlook_for(pk),
        crumbs=crumbs_of(contact),
        submit=_("Erase for good"),
        cancel_url=reverse("contact_update", args=[pk]),
    )


def crumbs_of(contact: Contact) -> list[tuple[str, str]]:
    return [*crumbs_to(contact.customer), (contact.name, reverse("contact_update", args=[contact.pk]))]
