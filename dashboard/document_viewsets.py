"""Catalogues, houses and guides as whole documents: taken along, looked at beside what is there, and brought in."""

from typing import Any, ClassVar

import msgspec
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from dashboard.file_documents import bring_in, catalogue_document, read_at_once
from dashboard.house_documents import house_document
from dashboard.house_reading import METRICS, RESPONSIBILITIES
from functions.access import person
from functions.permissions import KeepsDocuments
from interviews.guide_files import document_of
from interviews.guide_selectors import guides, newest_versions
from jobs.models import FileImport
from requirements_catalog.selectors import all_products
from web.api_views import ApiViewSet
from web.bodies import LARGEST_ID, Body, Text
from web.documents import Json
from web.imports import Report, RowError, note_import
from web.problems import FieldError, ProblemError, invalid
from web.queries import Query
from web.repeats import answered_once

Kind = FileImport.Kind
DOCUMENTS = ("requirements", "functions", "metrics", "house_of_responsibilities", "house_of_metrics", "guide")
IMPORTS = ("import_requirements", "import_functions", "import_metrics", "import_house", "import_guide")
COUNTED = ("created", "changed", "removed", "unchanged", "left_alone")
LISTED = ("news", "changes", "errors")


@extend_schema_field({"type": "object", "additionalProperties": True})
class Document(serializers.JSONField):
    def to_internal_value(self, data: Any) -> Json:
        if not isinstance(data, dict):
            raise serializers.ValidationError("This has to be an object.", "invalid")
        return data


class DocumentBody(Body):
    """A document as the same address answers it. What it does not name is left as it is."""

    document = Document()
    state = Text(
        required=False, max_length=64, help_text="Of a dry run: refused if anything was changed since that looked."
    )


class DocumentSerializer(serializers.Serializer[Any]):
    document = Document()


class DryRunQuery(Query):
    dry_run = serializers.BooleanField(default=False, help_text="Say what would happen, and write nothing.")


class ProductQuery(Query):
    product = serializers.IntegerField(min_value=1, max_value=LARGEST_ID, help_text="Product id.")


class GuideQuery(Query):
    guide = serializers.IntegerField(min_value=1, max_value=LARGEST_ID, help_text="Guide id.")


class NewSerializer(serializers.Serializer[Any]):
    row = serializers.IntegerField(help_text="The place in its list of what makes it, from 1.")
    name = serializers.CharField()
    words = serializers.CharField(allow_blank=True)


class ChangeOfRowSerializer(serializers.Serializer[Any]):
    row = serializers.IntegerField()
    name = serializers.CharField()
    what = serializers.CharField()
    before = serializers.CharField(allow_blank=True)
    after = serializers.CharField(allow_blank=True)


class RefusedSerializer(serializers.Serializer[Any]):
    row = serializers.IntegerField()
    column = serializers.CharField(allow_blank=True)
    value = serializers.CharField(allow_blank=True)
    reason = serializers.CharField()


class ReportSerializer(serializers.Serializer[Any]):
    """What a document did, or would do: how many of each noun, and which, for the first thousand."""

    dry_run = serializers.BooleanField()
    state = serializers.CharField(help_text="A digest of what stood there before.")
    created = serializers.DictField(child=serializers.IntegerField())
    changed = serializers.DictField(child=serializers.IntegerField())
    removed = serializers.DictField(child=serializers.IntegerField())
    unchanged = serializers.DictField(child=serializers.IntegerField())
    left_alone = serializers.DictField(child=serializers.IntegerField())
    news = NewSerializer(many=True)
    changes = ChangeOfRowSerializer(many=True)
    errors = RefusedSerializer(many=True)  # type: ignore[assignment]  # a field of that name, not of the serializer


def form_of_report(report: Report, *, dry_run: bool) -> dict[str, Any]:
    counts = {name: dict(getattr(report, name)) for name in COUNTED}
    lists = {name: msgspec.to_builtins(getattr(report, name)) for name in LISTED}
    return {"dry_run": dry_run, "state": report.state, **counts, **lists}


def refused(error: RowError) -> FieldError:
    return FieldError(str(error), "refused", path=("document",))


class DocumentViewSet(ApiViewSet):
    """Whole catalogues as documents. A dry run says what would be new, changed, taken away and refused."""

    permission_classes = (KeepsDocuments,)
    writers = (KeepsDocuments,)
    queries: ClassVar = {**dict.fromkeys(IMPORTS, DryRunQuery), "house_of_metrics": ProductQuery, "guide": GuideQuery}
    bodies: ClassVar = dict.fromkeys(IMPORTS, DocumentBody)
    answers: ClassVar = {**dict.fromkeys(DOCUMENTS, DocumentSerializer), **dict.fromkeys(IMPORTS, ReportSerializer)}

    @action(detail=False)
    def requirements(self, request: Request) -> Response:
        """All requirements, in any state."""
        return Response({"document": catalogue_document(Kind.REQUIREMENTS)})

    @action(detail=False, methods=["post"], url_path="requirements/import")
    def import_requirements(self, request: Request) -> HttpResponse:
        """Make and change requirements; nothing is written if one is refused."""
        return self._brought(request, Kind.REQUIREMENTS)

    @action(detail=False)
    def functions(self, request: Request) -> Response:
        """All functions with their suppliers."""
        return Response({"document": catalogue_document(Kind.FUNCTIONS)})

    @action(detail=False, methods=["post"], url_path="functions/import")
    def import_functions(self, request: Request) -> HttpResponse:
        """Make and change functions and supply links; nothing is written if one is refused."""
        return self._brought(request, Kind.FUNCTIONS)

    @action(detail=False)
    def metrics(self, request: Request) -> Response:
        """All metrics with what they serve."""
        return Response({"document": catalogue_document(Kind.METRICS)})

    @action(detail=False, methods=["post"], url_path="metrics/import")
    def import_metrics(self, request: Request) -> HttpResponse:
        """Make and change metrics and their links; nothing is written if one is refused."""
        return self._brought(request, Kind.METRICS)

    @action(detail=False)
    def house_of_responsibilities(self, request: Request) -> Response:
        """Which function answers for which active requirement, and which contribute to it, how strongly."""
        return Response({"document": house_document(RESPONSIBILITIES)})

    @action(detail=False)
    def house_of_metrics(self, request: Request) -> Response:
        """Which metric serves which active requirement of a product, and what metrics do to each other."""
        product = get_object_or_404(all_products(), pk=self.query["product"])
        return Response({"document": house_document(METRICS, product=product)})

    @action(detail=False, methods=["post"], url_path="house/import")
    def import_house(self, request: Request) -> HttpResponse:
        """Bring a house of either kind in, cell by cell; nothing is written if one is refused."""
        return self._brought(request, Kind.HOUSE)

    @action(detail=False)
    def guide(self, request: Request) -> Response:
        """The newest version of a guide, as its own file has it."""
        guide = get_object_or_404(guides(), pk=self.query["guide"])
        return Response({"document": document_of(get_object_or_404(newest_versions(), guide=guide))})

    @action(detail=False, methods=["post"], url_path="guide/import")
    def import_guide(self, request: Request) -> HttpResponse:
        """Make a guide, or bring the one of this name to what the document says, in a draft; nothing is launched."""
        return self._brought(request, Kind.GUIDES)

    def _brought(self, request: Request, kind: str) -> HttpResponse:
        """Answer what a document does; without a dry run it is refused as a whole where an entry is."""
        dry_run = self.query["dry_run"]

        sent = DocumentBody(data=request.data)
        sent.is_valid(raise_exception=True)
        body = sent.validated_data

        def act() -> dict[str, Any]:
            report = bring_in(read_at_once(kind, body["document"]), dry_run=dry_run, as_checked=body.get("state", ""))
            if report.error_count and not dry_run:
                raise ProblemError(invalid([refused(each) for each in report.errors]))
            if not dry_run and any((report.created, report.changed, report.removed)):
                name = f"{kind}, by the API"
                note_import(name=name, created=report.created, changed=report.changed, person=person(request))
            return form_of_report(report, dry_run=dry_run)

        answer, is_repeat = answered_once(request, person(request), act, now=timezone.now())
        repeated = {"Idempotent-Replayed": "true"} if is_repeat else {}
        return HttpResponse(answer, content_type="application/json", headers=repeated)
