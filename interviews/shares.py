from dataclasses import dataclass

from scoring.intervals import wilson


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many, in per cent with the interval."""

    named: int
    of: int

    @property
    def percent(self) -> float:
        return 100 * self.named / self.of

    @property
    def interval(self) -> tuple[float, float]:
        lower, upper = wilson(self.named / self.of, self.of)
        return 100 * lower, 100 * upper
