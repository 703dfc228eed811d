"""What the tests and the login service both know."""

PASSWORD = "known to the service only"
CLIENT_ID = "quality"
CLIENT_SECRET = "known to both of them, and to nobody else"
