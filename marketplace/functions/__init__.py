"""The Lambda functions: web, events, clock and sweep, each an envelope around the domain."""
