"""How fast the projection is, measured side by side with what it could be compared with. `make bench` runs it."""
