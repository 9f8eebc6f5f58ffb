"""The nouns that every part of Citylake shares: places, datasets, the catalog and the lake."""

__version__ = "0.1.0"
