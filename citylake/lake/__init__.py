"""The lake: where tables, releases and raw answers lie, and how they are read and written."""
