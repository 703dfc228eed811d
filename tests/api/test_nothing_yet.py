import pytest

from tests.api.callers import caller
from tests.api.described import differences
from tests.factories.functions import FunctionFactory
from tests.factories.requirements_catalog import RequirementFactory

pytestmark = pytest.mark.django_db


def test_an_empty_program_answers_no_data_not_zero():
    FunctionFactory()
    RequirementFactory()

    circle = caller("viewer").get("/api/v1/circle/")
    scores = caller("specialist").get("/api/v1/requirement-scores/")

    assert circle.json()["overall"] is None
    assert circle.json()["stamp"]["run"] is None
    assert [row["own"] for row in circle.json()["functions"]] == [None, None]
    assert [row["score"] for row in scores.json()["results"]] == [None]
    assert differences(circle, "/api/v1/circle/") == []
    assert differences(scores, "/api/v1/requirement-scores/") == []
