"""The catalogue says what customers need in our words, not in theirs."""

from accounts.personal_data import Holding, Room, register_room

register_room(
    Room(
        name="requirements_catalog",
        holdings=(
            Holding("requirements_catalog.Attribute", nothing="a group of requirements, and its rule for coders"),
            Holding("requirements_catalog.Product", nothing="a product's name"),
            Holding("requirements_catalog.RatingScale", nothing="a scale's name and ends"),
            Holding(
                "requirements_catalog.Requirement",
                nothing="a statement in our words; who wrote and approved it is a user",
            ),
            Holding("requirements_catalog.HistoricalRequirement", nothing="as above; who changed it is a user"),
            Holding("requirements_catalog.RequirementProduct", nothing="which requirement is of which product"),
            Holding("requirements_catalog.ScaleVersion", nothing="unit and direction, and why they changed"),
            Holding("requirements_catalog.Responsibility", nothing="which function contributes, and how much"),
        ),
    )
)
