"""What the API takes and gives about rounds, interviews, answers, words and objectives."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework import serializers

from accounts.models import User
from customers.serializers import contacts_to_name
from functions.selectors import people
from interviews.full_text import terms_of
from interviews.guide_models import GuideVersion
from interviews.guide_selectors import versions
from interviews.involvement_models import Stage
from interviews.models import LONGEST_TEXT, Answer, Coding, Interview, Objective, Part, Round, Sentiment, Verbatim
from interviews.parts import Importance, Perception, RequiredLevel
from interviews.selectors import all_rounds, interviews_for, verbatims_for
from requirements_catalog.models import UNIT_CHOICES, RatingScale
from requirements_catalog.selectors import rating_scales
from requirements_catalog.serializers import attributes_to_name, products_to_name, requirements_to_name
from web.bodies import Body, Exact, Reference, References, Text, Whole, YesNo
from web.nouns import LONGEST_SEARCH, SearchQuery, id_filter, ordering
from web.paging import PageQuery

LARGEST_SPAN = LONGEST_TEXT
MOST_ITEMS = 1_000
PARTS = {part.value: part.name.lower() for part in Part}
PART_CHOICES = [(word, word) for word in PARTS.values()]
STATES = {word: Part(value) for value, word in PARTS.items()}


def rounds_to_name(_access: Any) -> QuerySet[Round]:
    return all_rounds()


def people_to_name(_access: Any) -> QuerySet[User]:
    return people()


def scales_to_name(_access: Any) -> QuerySet[RatingScale]:
    return rating_scales()


def versions_to_name(_access: Any) -> QuerySet[GuideVersion]:
    return versions()


# ---- Rounds


class RoundSerializer(serializers.ModelSerializer[Round]):
    products = serializers.PrimaryKeyRelatedField[Any](many=True, read_only=True)
    guide_version = serializers.IntegerField(source="guide_version_id", allow_null=True, read_only=True)
    stage = serializers.ChoiceField(choices=[("", "none in particular"), *Stage.choices], read_only=True)

    class Meta:
        model = Round
        fields: ClassVar = ["id", "name", "starts_on", "ends_on", "is_standing", "products", "guide_version", "stage"]
        read_only_fields = fields


class RoundQuery(SearchQuery):
    is_standing = serializers.BooleanField(required=False)
    product = id_filter("Product", source="products")
    stage = serializers.ChoiceField(choices=Stage.choices, required=False)
    ordering = ordering("-starts_on", "name", "id")


class RoundBody(Body):
    """One wave of interviews; without products it asks about those that each customer uses.

    guide_version: a launched one; without it the requirements of the products are asked. stage: where its products
    stand while it asks; '': in none.
    """

    name = Text()
    starts_on = serializers.DateField(required=False, allow_null=True)
    ends_on = serializers.DateField(required=False, allow_null=True)
    products = References(products_to_name, required=False)
    guide_version = Reference(versions_to_name, required=False, allow_null=True)
    stage = serializers.ChoiceField(choices=Stage.choices, required=False, allow_blank=True)


# ---- Interviews


class InterviewSerializer(serializers.ModelSerializer[Interview]):
    """Customer, segment and country are those of the day it was held."""

    contact = serializers.IntegerField(source="contact_id", read_only=True)
    customer = serializers.IntegerField(source="customer_id", read_only=True)
    segment = serializers.IntegerField(source="stratum_id", read_only=True)
    round = serializers.IntegerField(source="round_id", read_only=True)
    interviewer = serializers.IntegerField(source="interviewer_id", allow_null=True, read_only=True)

    class Meta:
        model = Interview
        fields: ClassVar = [
            "id", "contact", "customer", "segment", "round", "mode", "state", "held_on", "country", "interviewer",
            "source", "external_id", "created_at", "completed_at",
        ]  # fmt: skip
        read_only_fields = fields


class InterviewQuery(SearchQuery):
    contact = id_filter("Contact")
    customer = id_filter("Customer")
    round = id_filter("Round")
    interviewer = id_filter("Person")
    segment = id_filter("Segment", source="stratum")
    state = serializers.ChoiceField(choices=Interview.State.choices, required=False)
    mode = serializers.ChoiceField(choices=Interview.Mode.choices, required=False)
    since = serializers.DateField(required=False, source="held_on__gte", help_text="Held on this day or later.")
    until = serializers.DateField(required=False, source="held_on__lte", help_text="Held on this day or earlier.")
    external_id = serializers.CharField(required=False, max_length=80)
    ordering = ordering("-held_on", "state", "created_at", "id")


class InterviewBody(Body):
    """When and how it was held; the scores follow if it is completed."""

    round = Reference(rounds_to_name)
    held_on = serializers.DateField()
    mode = serializers.ChoiceField(choices=Interview.Mode.choices, required=False)
    interviewer = Reference(people_to_name, allow_null=True, required=False)


class NewInterviewBody(InterviewBody):
    """An interview that is still open: it gets its answers, and is completed when they are in."""

    contact = Reference(contacts_to_name)
    state = serializers.ChoiceField(choices=Interview.State.choices, required=False)
    source = Text(required=False)  # type: ignore[assignment]  # a field of that name, not of the serializer
    external_id = Text(required=False)


class InterviewStateBody(Body):
    state = serializers.ChoiceField(choices=Interview.State.choices)


class UnaskedBody(Body):
    """What a customer said without being asked, on a visit, a call or a ticket."""

    customer = Text(help_text="The name as it stands in the register.")
    contact = Text(help_text="Who said it; made if the customer has no contact of this name.")
    held_on = serializers.DateField()
    mode = serializers.ChoiceField(choices=Interview.Mode.choices)
    text = Text(help_text="The customer's own words.")


# ---- Answers


def state_field() -> serializers.ChoiceField:
    return serializers.ChoiceField(choices=PART_CHOICES, required=False, help_text="Left out: known.")


class ImportanceSerializer(serializers.ModelSerializer[Answer]):
    """As given on its scale; numerator / denominator is the same on 0 to 10, exactly."""

    state = serializers.ChoiceField(choices=PART_CHOICES, source="importance_state")
    value = serializers.DecimalField(
        max_digits=None, decimal_places=None, allow_null=True, source="importance_original"
    )
    scale = serializers.IntegerField(allow_null=True, source="importance_scale_id")
    numerator = serializers.IntegerField(allow_null=True, source="importance_num")
    denominator = serializers.IntegerField(allow_null=True, source="importance_den")

    class Meta:
        model = Answer
        fields: ClassVar = ["state", "value", "scale", "numerator", "denominator"]
        read_only_fields = fields


class RequiredLevelSerializer(serializers.ModelSerializer[Answer]):
    state = serializers.ChoiceField(choices=PART_CHOICES, source="level_state")
    value = serializers.DecimalField(max_digits=None, decimal_places=None, allow_null=True, source="required_level")
    unit = serializers.CharField(allow_null=True, source="scale_version.unit")

    class Meta:
        model = Answer
        fields: ClassVar = ["state", "value", "unit"]
        read_only_fields = fields


class PerceptionSerializer(serializers.ModelSerializer[Answer]):
    state = serializers.ChoiceField(choices=PART_CHOICES, source="perception_state")
    is_fixed = serializers.BooleanField(allow_null=True)
    level = serializers.DecimalField(max_digits=None, decimal_places=None, allow_null=True, source="perceived_level")
    unit = serializers.CharField(allow_null=True, source="scale_version.unit")
    rating = serializers.IntegerField(allow_null=True, source="perceived_rating")
    expected = serializers.IntegerField(allow_null=True, source="expected_rating")
    scale = serializers.IntegerField(allow_null=True, source="rating_scale_id")

    class Meta:
        model = Answer
        fields: ClassVar = ["state", "is_fixed", "level", "unit", "rating", "expected", "scale"]
        read_only_fields = fields


class AnswerSerializer(serializers.ModelSerializer[Answer]):
    """What one interview says about one requirement for one product; any part can be unknown, none is a default."""

    interview = serializers.IntegerField(source="interview_id", read_only=True)
    requirement = serializers.IntegerField(source="requirement_id", read_only=True)
    product = serializers.IntegerField(source="product_id", read_only=True)
    importance = ImportanceSerializer(source="*", read_only=True)
    level = RequiredLevelSerializer(source="*", read_only=True)
    perception = PerceptionSerializer(source="*", read_only=True)

    class Meta:
        model = Answer
        fields: ClassVar = ["id", "interview", "requirement", "product", "importance", "level", "perception"]
        read_only_fields = fields


class AnswerQuery(PageQuery):
    interview = id_filter("Interview")
    requirement = id_filter("Requirement")
    product = id_filter("Product")
    customer = id_filter("Customer")


class PartBody(Body):
    """A part says what is known, or which of the three nothings it is."""

    state = state_field()

    def state_in(self, attrs: dict[str, Any]) -> Part:
        return STATES[attrs.get("state", "known")]


class ImportanceBody(PartBody):
    """A value on a rating scale; or points out of 100 that were spread over so many items."""

    value = Exact(required=False, allow_null=True)
    scale = Reference(scales_to_name, required=False, allow_null=True)
    items = Whole(min_value=1, max_value=MOST_ITEMS, required=False, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> Any:
        return Importance(self.state_in(attrs), attrs.get("value"), attrs.get("scale"), attrs.get("items"))


class LevelBody(PartBody):
    """In the requirement's unit, unless another one of its dimension is named."""

    value = Exact(required=False, allow_null=True)
    unit = serializers.ChoiceField(choices=UNIT_CHOICES, required=False)

    def validate(self, attrs: dict[str, Any]) -> Any:
        return RequiredLevel(self.state_in(attrs), attrs.get("value"), attrs.get("unit", ""))


class PerceptionBody(PartBody):
    """Whether it is fixed, a level, or a rating on a scale beside the expected one."""

    is_fixed = YesNo(required=False, allow_null=True)
    level = Exact(required=False, allow_null=True)
    unit = serializers.ChoiceField(choices=UNIT_CHOICES, required=False)
    rating = Whole(required=False, allow_null=True)
    expected = Whole(required=False, allow_null=True)
    scale = Reference(scales_to_name, required=False, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> Any:
        return Perception(self.state_in(attrs), **{name: attrs[name] for name in attrs if name != "state"})


class AnswerBody(Body):
    """Parts that are sent take the place of what was said; the others stay."""

    importance = ImportanceBody(required=False)
    level = LevelBody(required=False)
    perception = PerceptionBody(required=False)


class NewAnswerBody(AnswerBody):
    """A part that is left out was not asked."""

    interview = Reference(interviews_for)
    requirement = Reference(requirements_to_name)
    product = Reference(products_to_name)


# ---- Words and objectives


class VerbatimSerializer(serializers.ModelSerializer[Verbatim]):
    """Words as they were said. Reading: uncoded, coded, or set aside with a reason: heard, not a requirement."""

    interview = serializers.IntegerField(source="interview_id", read_only=True)
    reason = serializers.CharField(source="set_aside.reason", allow_null=True, read_only=True)

    class Meta:
        model = Verbatim
        fields: ClassVar = ["id", "interview", "text", "language", "position", "reading", "reason"]
        read_only_fields = fields


class VerbatimQuery(SearchQuery):
    interview = id_filter("Interview")
    customer = id_filter("Customer", source="interview__customer")
    requirement = id_filter("Requirement", source="codings__requirement")
    attribute = id_filter("Attribute", source="codings__attribute")
    reading = serializers.ChoiceField(choices=Verbatim.Reading.choices, required=False)
    words = serializers.CharField(
        required=False,
        max_length=LONGEST_SEARCH,
        source="tokens__holds",
        help_text='Every word has to occur; "a phrase" stands in quotes, wor* finds what begins so.',
    )

    def validate_words(self, text: str) -> str:
        terms_of(text)
        return text


class VerbatimBody(Body):
    interview = Reference(interviews_for)
    text = Text()
    language = Text(required=False)


class AsideBody(Body):
    reason = Text(max_length=300)


class CodingSerializer(serializers.ModelSerializer[Coding]):
    """What some words are about: a requirement, or an attribute. Without start and end: all of them."""

    verbatim = serializers.IntegerField(source="verbatim_id", read_only=True)
    requirement = serializers.IntegerField(source="requirement_id", allow_null=True, read_only=True)
    attribute = serializers.IntegerField(source="attribute_id", allow_null=True, read_only=True)
    coder = serializers.IntegerField(source="coder_id", allow_null=True, read_only=True)

    class Meta:
        model = Coding
        fields: ClassVar = [
            "id", "verbatim", "requirement", "attribute", "start", "end", "coder", "coder_name", "sentiment",
            "created_at",
        ]  # fmt: skip
        read_only_fields = fields


class CodingQuery(PageQuery):
    verbatim = id_filter("Verbatim")
    requirement = id_filter("Requirement")
    attribute = id_filter("Attribute")


class SentimentField(serializers.ChoiceField):
    """How the customer feels about it: -1 negative, 0 neutral, 1 positive."""

    def __init__(self, **options: Any) -> None:
        super().__init__(choices=Sentiment.choices, **options)


class CodingBody(Body):
    verbatim = Reference(verbatims_for)
    requirement = Reference(requirements_to_name, required=False, allow_null=True)
    attribute = Reference(attributes_to_name, required=False, allow_null=True)
    start = Whole(max_value=LARGEST_SPAN, required=False, allow_null=True)
    end = Whole(max_value=LARGEST_SPAN, required=False, allow_null=True)
    sentiment = SentimentField(required=False, allow_null=True)


class SentimentBody(Body):
    sentiment = SentimentField(allow_null=True)


class ObjectiveSerializer(serializers.ModelSerializer[Objective]):
    """What a customer wants to achieve with a product, and its outcome; it explains strictness."""

    interview = serializers.IntegerField(source="interview_id", read_only=True)
    product = serializers.IntegerField(source="product_id", read_only=True)

    class Meta:
        model = Objective
        fields: ClassVar = ["id", "interview", "product", "statement", "outcome"]
        read_only_fields = fields


class ObjectiveQuery(PageQuery):
    interview = id_filter("Interview")
    product = id_filter("Product")


class ObjectiveBody(Body):
    interview = Reference(interviews_for)
    product = Reference(products_to_name)
    statement = Text()
    outcome = Text(required=False)


class ObjectiveChange(Body):
    product = Reference(products_to_name, required=False)
    statement = Text(required=False)
    outcome = Text(required=False)
