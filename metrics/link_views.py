"""Links whose ends have changed: do the metric and the requirement still fit each other?"""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe
from django_filters import ChoiceFilter, FilterSet, ModelChoiceFilter

from functions.access import ProgramRequest, metric_keepers_only
from functions.models import Function
from metrics import services
from metrics.forms import AffirmForm
from metrics.link_ends import ends_of
from metrics.models import MetricLink
from metrics.selectors import suspect_links
from metrics.wording import changed_ends
from web.lists import Column, ListAsked, ListPlan
from web.saved_views import with_saved_views
from web.saving import METHODS, answer_form, posted, what_follows


class SuspectLinkFilter(FilterSet):
    function = ModelChoiceFilter(
        queryset=Function.objects.all(), field_name="metric__function", label=gettext_lazy("Function")
    )
    role = ChoiceFilter(choices=MetricLink.Role.choices, label=gettext_lazy("Role"))

    class Meta:
        model = MetricLink
        fields = ()


SUSPECT_LINKS = ListPlan(
    name="suspect_links",
    columns=(
        Column(
            "requirement",
            gettext_lazy("Requirement"),
            value=lambda link: str(link.requirement),
            order_by=("requirement__reference",),
        ),
        Column("product", gettext_lazy("Product"), value=lambda link: link.product.name, order_by=("product__name",)),
        Column("metric", gettext_lazy("Metric"), value=lambda link: link.metric.name, order_by=("metric__name",)),
        Column(
            "function",
            gettext_lazy("Function"),
            value=lambda link: link.metric.function.name,
            order_by=("metric__function__name",),
            hide_narrow=True,
        ),
        Column(
            "role",
            gettext_lazy("Role"),
            value=lambda link: link.get_role_display(),
            order_by=("role",),
            hide_narrow=True,
        ),
        Column("changed", gettext_lazy("Changed since"), value=changed_ends, sortable=False),
    ),
    sort="requirement",
    filters=SuspectLinkFilter,
    search=("requirement__statement", "requirement__reference", "metric__name"),
)


@metric_keepers_only
@require_safe
@with_saved_views(SUSPECT_LINKS)
def suspect_link_list(request: ProgramRequest) -> HttpResponseBase:
    asked = ListAsked(SUSPECT_LINKS, request.GET)
    links: QuerySet[Any] = suspect_links(request.access)
    shown = asked.show(asked.narrowed(links), of=links)
    if asked.wants_file:
        return asked.file(shown)
    return TemplateResponse(request, "metrics/suspect_link_list.html", {"list": shown, "noun": _("links")})


@metric_keepers_only
@require_http_methods(METHODS)
def metric_link_affirm(request: ProgramRequest, pk: int) -> HttpResponseBase:
    """Show both ends as they were and as they are, and take the word of who answers for the metric."""
    link = suspect_links(request.access).filter(pk=pk).first()
    if link is None:
        raise Http404
    versions = {"requirement_version": link.requirement.version, "metric_version": link.metric.version}
    sent = posted(request)
    if sent is not None and any(sent.get(name) != str(version) for name, version in versions.items()):
        messages.error(request, _("It has changed once more since you opened the page. Read it again."))
        return redirect(request.path)
    form = AffirmForm(sent, initial=versions)
    return answer_form(
        request,
        form,
        lambda data: services.affirm_link(link=link, **data),
        said=lambda _saved: what_follows(first=_("%(metric)s still serves it.") % {"metric": link.metric.name}),
        then=lambda _saved: reverse("suspect_link_list"),
        template="metrics/link_affirm.html",
        question=_("Suspect link: do they still fit each other?"),
        heading=_("%(ends)s changed since somebody looked at this link") % {"ends": changed_ends(link).capitalize()},
        crumbs=[(_("Metrics"), reverse("metric_list")), (_("Suspect links"), reverse("suspect_link_list"))],
        ends=ends_of(link),
        link=link,
        submit=_("They still fit"),
        cancel_url=reverse("suspect_link_list"),
    )
