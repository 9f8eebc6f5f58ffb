"""Cleaning steps that more than one connector needs."""
