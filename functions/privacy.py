"""Functions hold no contacts; who leads one is a user."""

from accounts.personal_data import Holding, Room, register_room

register_room(
    Room(
        name="functions",
        holdings=(
            Holding("functions.Program", nothing="the company's own name, time zone, currency and domains"),
            Holding("functions.Function", nothing="what a department is called and is for"),
            Holding("functions.HistoricalFunction", nothing="what a department was called; who changed it is a user"),
            Holding("functions.SupplyLink", nothing="which function supplies which"),
            Holding("functions.HistoricalSupplyLink", nothing="as above; who changed it is a user"),
            Holding("functions.Membership", nothing="a user, a role and a function, by their numbers"),
        ),
    )
)
