"""``python -m lambdas.harvest.bundle RAW OUT``: make the bundle."""

import sys

from lambdas.harvest.bundling import main

sys.exit(main(sys.argv[1:]))
