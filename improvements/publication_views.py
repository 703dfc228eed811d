"""'You said, we did': prepared, compared with what is public, approved by somebody else, withdrawn; and the page."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts.mailing import public_address
from functions.access import ProgramRequest, person, specialists_only
from functions.selectors import is_own_work
from improvements import publications as services
from improvements.loop_forms import ApproveForm
from improvements.publication_forms import EditionForm, PublicationForm
from improvements.publication_models import Publication
from interviews.letters import sender_name
from web.saving import METHODS, answer_confirmation, answer_form, posted

QUESTION = gettext_lazy("You said, we did: what does everybody read?")
MOST_EDITIONS = 20


@require_safe
def you_said(request: HttpRequest) -> HttpResponse:
    """Show what is public to everybody; where nothing is, this address is as wrong as any other."""
    publication = services.the_public_one()
    if publication is None:
        raise Http404
    context = {"publication": publication, "items": services.items_of(publication), "company": sender_name()}
    answer = render(request, "link/you_said.html", context)
    # What is withdrawn is gone at once.
    answer.headers["Cache-Control"] = "no-store"
    return answer


@specialists_only
@require_safe
def publication_list(request: ProgramRequest) -> HttpResponse:
    editions = list(services.publications()[:MOST_EDITIONS])
    context = {
        "public": next((each for each in editions if each.state == Publication.State.PUBLIC), None),
        "draft": next((each for each in editions if each.state == Publication.State.DRAFT), None),
        "editions": editions,
        "address": public_address(reverse("you_said")),
        "effective": services.effective_actions().count(),
    }
    return render(request, "improvements/publication_list.html", context)


def found(pk: int) -> Publication:
    return get_object_or_404(services.publications(), pk=pk)


def page_of(pk: int) -> str:
    return reverse("publication_detail", args=[pk])


def crumbs(pk: int | None = None) -> list[tuple[str, str]]:
    there = [(_("Loop"), reverse("loop_list")), (_("You said, we did"), reverse("publication_list"))]
    return [*there, (_("Edition %(n)d") % {"n": pk}, page_of(pk))] if pk else there


@specialists_only
@require_http_methods(METHODS)
def publication_create(request: ProgramRequest) -> HttpResponseBase:
    actions = services.effective_actions()
    enough = [each.pk for each in actions if services.is_of_enough(*services.raised_by(each))]
    return answer_form(
        request,
        EditionForm(posted(request), actions=actions, initial={"actions": enough}),
        lambda data: services.prepare_publication(
            actions=list(data["actions"]), by=person(request), now=timezone.now()
        ),
        said=lambda _edition: _("The edition is prepared. Nothing is public before somebody else has approved it."),
        then=lambda edition: page_of(edition.pk),
        question=QUESTION,
        heading=_("Of which actions does everybody read?"),
        about=_("What fewer than 5 people of 3 customers raised is not published: it could tell who they are."),
        crumbs=crumbs(),
        submit=_("Prepare it"),
        cancel_url=reverse("publication_list"),
    )


@require_safe
@specialists_only
def publication_detail(request: ProgramRequest, pk: int) -> HttpResponse:
    """Show an edition; a draft beside what is public."""
    publication = found(pk)
    is_draft = publication.state == Publication.State.DRAFT
    context = {
        "publication": publication,
        "items": services.items_of(publication),
        "changes": services.changes_to(publication) if is_draft else [],
        "is_own": is_own_work(person(request), publication.prepared_by_id),
    }
    return render(request, "improvements/publication_detail.html", context)


@specialists_only
@require_http_methods(METHODS)
def publication_update(request: ProgramRequest, pk: int) -> HttpResponseBase:
    publication = found(pk)
    form = PublicationForm(posted(request), publication=publication, items=services.items_of(publication))
    return answer_form(
        request,
        form,
        lambda data: services.change_publication(
            publication=publication, intro=data["intro"], words=form.words(), by=person(request), now=timezone.now()
        ),
        said=lambda _edition: _("Saved."),
        then=lambda _edition: page_of(pk),
        question=QUESTION,
        heading=_("What does it say?"),
        about=_("Words of ours, without names. Whoever writes them last does not approve them."),
        crumbs=crumbs(pk),
        cancel_url=page_of(pk),
    )


@specialists_only
@require_http_methods(METHODS)
def publication_approve(request: ProgramRequest, pk: int) -> HttpResponseBase:
    """Show what would change for everybody, then publish it: twice is once."""
    publication = found(pk)
    return answer_form(
        request,
        ApproveForm(posted(request), initial={"shown": services.shown_by(publication)}),
        lambda data: services.publish(
            publication=publication, shown=data["shown"], by=person(request), now=timezone.now()
        ),
        said=lambda _edition: _("It is public now."),
        then=lambda _edition: page_of(pk),
        template="improvements/publication_approve.html",
        question=QUESTION,
        heading=_("Let everybody read this?"),
        publication=publication,
        changes=services.changes_to(publication),
        crumbs=crumbs(pk),
        cancel_url=page_of(pk),
    )


@specialists_only
@require_http_methods(METHODS)
def publication_withdraw(request: ProgramRequest, pk: int) -> HttpResponseBase:
    publication = found(pk)
    return answer_confirmation(
        request,
        lambda: services.withdraw_publication(publication=publication, by=person(request), now=timezone.now()),
        said=_("It was withdrawn."),
        then=page_of(pk),
        question=QUESTION,
        heading=_("Withdraw this edition?"),
        losses=[_("Its address answers like one that never was, until another edition is published.")],
        crumbs=crumbs(pk),
        submit=_("Withdraw it"),
        cancel_url=page_of(pk),
    )


@specialists_only
@require_http_methods(METHODS)
def publication_discard(request: ProgramRequest, pk: int) -> HttpResponseBase:
    publication = found(pk)
    return answer_confirmation(
        request,
        lambda: services.discard_publication(publication=publication),
        said=_("The draft was discarded."),
        then=reverse("publication_list"),
        question=QUESTION,
        heading=_("Discard this draft?"),
        losses=[_("What is public stays as it is.")],
        crumbs=crumbs(pk),
        submit=_("Discard it"),
        cancel_url=page_of(pk),
    )
