"""Scores and kept states carry contacts by number only: whoever is erased is a number without a person in them."""

from accounts.personal_data import Holding, Outlook, Room, register_room

KEPT = "Kept states of the scores stay as they were: they carry numbers, no names and no words."

register_room(
    Room(
        name="gap_scores",
        holdings=(
            Holding("gap_scores.ProjectionState", nothing="which state of the scores counts"),
            Holding("gap_scores.LedgerEntry", nothing="numbers; the contact by number"),
            Holding("gap_scores.GapScore", nothing="sums"),
            Holding("gap_scores.MeasuredLevel", nothing="levels"),
            Holding("gap_scores.RegisterSum", nothing="counts of customers by segment"),
            Holding("gap_scores.RequirementScore", nothing="figures"),
            Holding("gap_scores.FunctionScore", nothing="figures"),
            Holding("gap_scores.ScoringRun", nothing="what a run did"),
            Holding("gap_scores.RebuildChunk", nothing="how far a rebuild is"),
            Holding("gap_scores.Snapshot", nothing="numbers and definitions; contacts by number, no words"),
            Holding("gap_scores.KeptSplit", nothing="points by requirement"),
        ),
        outlook=lambda _contact_id: Outlook(stays=(KEPT,)),
    )
)
