"""What the API takes and gives about actions, what is said about them, and whether customers confirm them."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework import serializers

from accounts.models import User
from customers.models import Contact
from functions.models import Function
from improvements.action_forms import LARGEST_COST, functions_to_answer
from improvements.action_models import Action, ActionComment, Confirmation, Kind, Stage
from improvements.action_selectors import actions_for, actions_worked_on, all_contacts, people_to_own
from improvements.file_kinds import FileKind
from improvements.file_models import ActionFile
from metrics.selectors import metrics_for
from requirements_catalog.models import Requirement
from requirements_catalog.selectors import catalogue, requirement_ids_for
from scoring.effect import Moved, Said, Verdict
from web.bodies import Body, Exact, Reference, ReferenceInForm, References, Text, Whole, YesNo
from web.nouns import SearchQuery, id_filter, ordering

LONGEST_SENT_NAME = 500
# Where it can be moved to; the others are worked out.
MOVES = [each for each in Stage.choices if each[0] not in {Stage.EFFECTIVE, Stage.NOT_EFFECTIVE, Stage.REOPENED}]


def owners_to_name(_access: Any) -> QuerySet[User]:
    return people_to_own()


def functions_to_name(access: Any) -> QuerySet[Function]:
    return functions_to_answer(access)


def requirements_to_name(access: Any) -> QuerySet[Requirement]:
    """Return those of which this person may read the evidence, also retired ones: the service says why it refuses."""
    seen = requirement_ids_for(access)
    return catalogue() if seen is None else catalogue().filter(pk__in=seen)


def actions_to_name(access: Any) -> QuerySet[Action]:
    return actions_worked_on(access)


def actions_to_confirm(access: Any) -> QuerySet[Action]:
    return actions_for(access)


def contacts_to_name(_access: Any) -> QuerySet[Contact]:
    return all_contacts()


class ActionSerializer(serializers.ModelSerializer[Action]):
    """An action. cost: null is not known, which is not 0. expected_level: in the unit of the metric.

    Who only reads where the program stands gets null for what is said and measured; who may not see what the metric
    measured gets null for metric and expected_level, and can change neither. is_repeat: one on the same
    requirement and function was finished in the year before.
    """

    owner = serializers.IntegerField(source="owner_id", allow_null=True, read_only=True)
    function = serializers.IntegerField(source="function_id", read_only=True)
    metric = serializers.IntegerField(source="metric_id", allow_null=True, read_only=True)
    expected_level = serializers.DecimalField(max_digits=None, decimal_places=None, allow_null=True, read_only=True)
    is_repeat = serializers.BooleanField(read_only=True)
    is_overdue = serializers.BooleanField(read_only=True)
    problem = serializers.CharField(read_only=True, allow_null=True)
    containment = serializers.CharField(read_only=True, allow_null=True)
    plan = serializers.CharField(read_only=True, allow_null=True)
    done_words = serializers.CharField(read_only=True, allow_null=True)
    prevention = serializers.CharField(read_only=True, allow_null=True)
    origin_key = serializers.CharField(read_only=True, allow_null=True)
    requirements = serializers.ListField(child=serializers.IntegerField(), read_only=True)

    class Meta:
        model = Action
        fields: ClassVar = [
            "id", "title", "kind", "stage", "owner", "function", "due_on", "metric", "expected_level", "cost", "origin",
            "origin_key", "problem", "containment", "plan", "done_words", "done_on", "prevention", "created_by_name",
            "created_at", "is_repeat", "is_overdue", "requirements",
        ]  # fmt: skip
        read_only_fields = fields


class ActionQuery(SearchQuery):
    stage = serializers.ChoiceField(choices=Stage.choices, required=False)
    kind = serializers.ChoiceField(choices=Kind.choices, required=False)
    function = id_filter("Function")
    owner = id_filter("Person")
    requirement = id_filter("Requirement", source="requirements__id")
    due_until = serializers.DateField(required=False, source="due_on__lte", help_text="Due on this day or earlier.")
    ordering = ordering("-created_at", "due_on", "id")


class ActionBody(Body):
    title = Text(required=False)
    kind = serializers.ChoiceField(choices=Kind.choices, required=False)
    owner = Reference(owners_to_name, required=False, allow_null=True)
    function = Reference(functions_to_name, required=False)
    due_on = serializers.DateField(required=False, allow_null=True)
    requirements = References(requirements_to_name, required=False)
    metric = Reference(metrics_for, required=False, allow_null=True)
    expected_level = Exact(required=False, allow_null=True)
    cost = Whole(required=False, allow_null=True, max_value=LARGEST_COST)
    problem = Text(required=False)
    containment = Text(required=False)
    plan = Text(required=False)
    done_words = Text(required=False)
    prevention = Text(required=False)


class NewActionBody(ActionBody):
    title = Text()
    function = Reference(functions_to_name)


class MoveBody(Body):
    """stage: where to; done_on, done_words and the others: what that stage needs. why: to go back or call off."""

    stage = serializers.ChoiceField(choices=MOVES)
    why = Text(required=False, max_length=300)
    done_on = serializers.DateField(required=False)
    done_words = Text(required=False)
    prevention = Text(required=False)


class EffectSerializer(serializers.Serializer[Any]):
    """Whether an action helped, worked out when it is read. Null: it is not done, or this caller may not see it.

    before, after: points of the metric; centre, reached: levels in its unit. Shares are of the asked weight. customers:
    where few replied only specialists read more than yes, undecided (not confirmed) or too_few (too few to tell).
    """

    id = serializers.IntegerField(read_only=True)
    verdict = serializers.ChoiceField(choices=[each.value for each in Verdict], read_only=True, allow_null=True)
    words = serializers.CharField(read_only=True)
    metric = serializers.ChoiceField(choices=[each.value for each in Moved], read_only=True, allow_null=True)
    before = serializers.IntegerField(read_only=True, allow_null=True)
    after = serializers.IntegerField(read_only=True, allow_null=True)
    centre = serializers.FloatField(read_only=True, allow_null=True)
    reached = serializers.FloatField(read_only=True, allow_null=True)
    customers = serializers.ChoiceField(choices=[each.value for each in Said], read_only=True, allow_null=True)
    replies = serializers.IntegerField(read_only=True, allow_null=True)
    needed = serializers.IntegerField(read_only=True, allow_null=True)
    share_yes = serializers.FloatField(read_only=True, allow_null=True)
    share_no = serializers.FloatField(read_only=True, allow_null=True)


class ActionCommentSerializer(serializers.ModelSerializer[ActionComment]):
    action = serializers.IntegerField(source="action_id", read_only=True)

    class Meta:
        model = ActionComment
        fields: ClassVar = ["id", "action", "text", "written_by_name", "written_at"]
        read_only_fields = fields


class ActionCommentQuery(SearchQuery):
    action = id_filter("Action")
    ordering = ordering("-written_at", "id")


class NewActionCommentBody(Body):
    """text: '@username' mentions somebody who may read the action."""

    action = Reference(actions_to_name)
    text = Text()


class ActionFileSerializer(serializers.ModelSerializer[ActionFile]):
    """A file of an action. kind: what its content is; size: in bytes. What is in it is at `content/`."""

    action = serializers.IntegerField(source="action_id", read_only=True)

    class Meta:
        model = ActionFile
        fields: ClassVar = ["id", "action", "name", "kind", "size", "sha256", "uploaded_by_name", "uploaded_at"]
        read_only_fields = fields


class ActionFileQuery(SearchQuery):
    action = id_filter("Action")
    kind = serializers.ChoiceField(choices=FileKind.choices, required=False)
    ordering = ordering("-uploaded_at", "name", "size", "id")


class NewActionFileBody(Body):
    """A form (multipart/form-data), up to 10 MiB. The same file a second time, under the same name, is there once."""

    action = ReferenceInForm(actions_to_name)
    file = serializers.FileField(max_length=LONGEST_SENT_NAME, allow_empty_file=True)


class ConfirmationSerializer(serializers.ModelSerializer[Confirmation]):
    """What somebody who raised it says; is_fixed null: asked, and no reply yet."""

    action = serializers.IntegerField(source="action_id", read_only=True)
    contact = serializers.IntegerField(source="contact_id", read_only=True)

    class Meta:
        model = Confirmation
        fields: ClassVar = [
            "id", "action", "contact", "asked_on", "is_fixed", "said_on", "source", "note", "noted_by_name",
        ]  # fmt: skip
        read_only_fields = fields


class ConfirmationQuery(SearchQuery):
    action = id_filter("Action")
    contact = id_filter("Contact")
    ordering = ordering("-asked_on", "id")


class NewConfirmationBody(Body):
    action = Reference(actions_to_confirm)
    contact = Reference(contacts_to_name)
    is_fixed = YesNo()
    said_on = serializers.DateField()
    source = serializers.ChoiceField(choices=Confirmation.Source.choices)  # type: ignore[assignment]  # as a column
    note = Text(required=False)
