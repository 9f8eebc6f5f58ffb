"""From Subscribe on AWS Marketplace to a live portal, and a bill that is right to the hour.

Everything that happens to an agreement or a licence is kept as a *fact*, once, as it came
(`facts`). What a licence is, is computed from its facts and the clock (`life`), so that the order,
the lateness and the repetition of events cannot matter. What binds us is recorded as facts too:
from which hour a licence is charged, which tier holds from which hour, and that it is over.
"""
