"""The fleet: adding a subscribed city, suspending, resuming, upgrading and removing it."""
