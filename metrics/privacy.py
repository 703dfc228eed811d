"""Measurements are of functions. Nobody is named in them but who entered them, a user."""

from accounts.personal_data import Holding, Room, register_room

register_room(
    Room(
        name="metrics",
        holdings=(
            Holding("metrics.Metric", nothing="what a function measures"),
            Holding("metrics.HistoricalMetric", nothing="as above; who changed it is a user"),
            Holding("metrics.MetricInput", nothing="which metrics a derived one is worked out from"),
            Holding("metrics.DaySum", nothing="sums of a day"),
            Holding("metrics.MetricLink", nothing="which metric serves which requirement"),
            Holding("metrics.HistoricalMetricLink", nothing="as above; who changed it is a user"),
            Holding("metrics.MetricRelation", nothing="which metrics pull on each other, and why"),
            Holding("metrics.HistoricalMetricRelation", nothing="as above; who changed it is a user"),
            Holding("metrics.Measurement", nothing="figures, their source and why one was corrected"),
            Holding(
                "metrics.ChartPhase",
                user=("named_by_name", "taken_back_by_name"),
                other=("reason", "taken_back_reason"),
            ),
            Holding("metrics.ChartNote", user=("written_by_name",), other=("text",)),
            Holding(
                "metrics.HistoricalChartNote",
                user=("written_by_name",),
                other=("text", "history_change_reason", "history_type"),
            ),
            Holding("metrics.MeasurementSource", nothing="an address of another system, and how its answer is read"),
            Holding("metrics.HistoricalMeasurementSource", nothing="as above; who changed it is a user"),
            Holding("metrics.PullRun", nothing="how many measurements came, and which rows were refused"),
            Holding("metrics.StagedMeasurement", nothing="figures on their way into the table"),
        ),
    )
)
