"""The harvest: sources into the lake."""
