"""The pages for people, rendered on the server from what the query API answers."""
