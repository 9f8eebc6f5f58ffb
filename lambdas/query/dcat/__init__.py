"""The catalog for other catalogs: one model, worded as DCAT-US 1.1 and as DCAT-US 3.0."""
