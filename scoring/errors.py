"""The one error that pure scoring raises."""


class ScoringError(ValueError):
    """Input that no caller may hand over, such as a negative weight: a defect of the caller, never of a person."""
