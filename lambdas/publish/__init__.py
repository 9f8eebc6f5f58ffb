"""A city's own data: from a file as it is found to a release in the city's catalog."""
