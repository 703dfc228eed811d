"""What the scores that are shown depend on, in two cheap queries: an answer's tag is made of it."""

from requirements_catalog.models import Attribute
from web import sql

_HISTORIES = (
    "functions_historicalfunction",
    "functions_historicalsupplylink",
    "requirements_catalog_historicalrequirement",
    "metrics_historicalmetric",
    "metrics_historicalmetriclink",
)
# The lineage, because a restore takes every number back and gives it out again.
_STATE = ("run_id", "generation", "as_of", "lineage")


def read_version() -> tuple[object, ...]:
    """Return values of which at least one changes with every change of a score or of a name shown with it."""
    parts = [f"(SELECT {column} FROM gap_scores_projectionstate)" for column in _STATE]
    parts += ["(SELECT MAX(id) FROM jobs_marker)", "(SELECT wanted_share FROM functions_program)"]
    parts += ["(SELECT MAX(id) FROM gap_scores_snapshot)"]  # a day that is kept anew reads as it was kept last
    parts += [f"(SELECT MAX(history_id) FROM {table})" for table in _HISTORIES]
    (row,) = sql.fetch(f"SELECT {', '.join(parts)}")
    names = Attribute.objects.order_by("pk").values_list("pk", "name")
    return (*(str(each) for each in row), *names)
