"""``python -m local`` is the ``citylake`` command."""

from local.cli import main

main()
