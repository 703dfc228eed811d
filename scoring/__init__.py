"""Pure formulas of the program: rows in, numbers out. No Django, no clock, no input or output."""
