"""The whole product on one machine: the ``citylake`` command and its server."""
