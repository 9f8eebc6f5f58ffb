"""What all tests share."""

from hypothesis import settings

# How long an example takes is the machine's affair, and CI's machine has other work.
settings.register_profile("citylake", deadline=None)
settings.load_profile("citylake")
