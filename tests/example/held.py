"""The numbers of the example by names that outlive a reload."""

from customers.models import Customer
from functions.models import Function, SupplyLink
from gap_scores.models import FunctionScore, GapScore, MeasuredLevel, RequirementScore
from interviews.models import Answer, Coding, Interview, Verbatim
from metrics.models import Measurement, Metric
from requirements_catalog.models import Requirement


def counts() -> dict[str, int]:
    kinds = (Function, SupplyLink, Customer, Interview, Answer, Verbatim, Coding, Requirement, Metric, Measurement)
    return {kind._meta.model_name: kind.objects.count() for kind in kinds}


def scores() -> list[tuple[object, ...]]:
    """Return every stored number of the projection by names that outlive a reload; floats as their exact bits."""
    functions = dict(Function.objects.values_list("pk", "name"))
    references = dict(Requirement.objects.values_list("pk", "reference"))
    own = ("own", "own_lo", "own_hi", "n_eff", "j", "transmitted", "transmitted_lo", "transmitted_hi")
    rows = [
        (functions[row[0]], functions.get(row[1]), *map(bits, row[2:]))
        for row in FunctionScore.objects.values_list("function_id", "bottleneck_id", *own)
    ]
    headline = ("gap", "lo", "hi", "n_eff", "importance", "mass", "j")
    rows += [
        (references[row[0]], *map(bits, row[1:]))
        for row in RequirementScore.objects.values_list("requirement_id", *headline)
    ]
    sums = GapScore.objects.filter(kind=2).values_list("requirement_id", "k2", "n", "yy", "yn", "ny", "nn", "heard")
    rows += [(references[row[0]], *row[1:]) for row in sums]
    levels = MeasuredLevel.objects.values_list("requirement_id", "part", "m", "best", "worst", "n")
    rows += [(references[row[0]], *row[1:]) for row in levels]
    return sorted(rows, key=str)


def bits(value: float | None) -> str:
    return "" if value is None else float(value).hex()


def headline(places: int = 6) -> dict[str, str]:
    """Return own gaps, rounded: the January that the sums refer to changes their last bits."""
    names = dict(Function.objects.values_list("pk", "name"))
    own = FunctionScore.objects.values_list("function_id", "own")
    return {names[function]: "no data" if gap is None else f"{gap:.{places}f}" for function, gap in own}


def overall(places: int = 6) -> str:
    rows = list(RequirementScore.objects.exclude(gap=None).order_by("pk").values_list("j", "gap"))
    return f"{sum(j * gap for j, gap in rows) / sum(j for j, _gap in rows):.{places}f}"
