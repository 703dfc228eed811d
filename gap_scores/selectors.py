"""Reading scores: every page, API answer and export takes its numbers from here, from one stored run.

    read_board(scope=Scope()) -> Board                                   (the circle, lists, overall gap)
    read_requirement(requirement_id=.., scope=..) -> RequirementDetail | None
    read_function(function_id=.., scope=..) -> FunctionDetail | None
    customer_entries(customer_id=..) -> list[CustomerGap]                (one customer against our measured levels)
    read_stamp() -> Stamp                                                (run, date; cheap, for ETags)

All are being filled in by the lead; the types are in gap_scores/board.py.
"""
