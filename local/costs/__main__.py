"""Write the page on costs: ``python -m local.costs > docs/costs.md``."""

import sys

from local.costs.page import describe

sys.stdout.write(describe() + "\n")
