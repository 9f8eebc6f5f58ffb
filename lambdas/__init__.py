"""The functions that run: harvest, query, portal."""
