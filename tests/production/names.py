"""Who signs in to the deployment of the tests."""

NAME, PASSWORD = "anna", "a long password of tests"
