"""Who was told what: keys and numbers. Nothing here says anything of a contact."""

from accounts.personal_data import Holding, Room, register_room

HOLDINGS = (
    Holding("notices.Event", nothing="numbers of what happened: no name, no words"),
    Holding("notices.Notice", nothing="that an account was told of it, and when it was read"),
    Holding("notices.DigestChoice", nothing="how often an account is mailed"),
    Holding("notices.SignalWatch", nothing="how far a chart was looked at"),
    Holding(
        "notices.Endpoint", other=("url", "description", "types", "off_because", "secret", "previous_secret", "entry")
    ),
    Holding("notices.Delivery", other=("answer", "reason")),
)  # fmt: skip

register_room(Room(name="notices", holdings=HOLDINGS))
