"""The cloud: a CDK app, and what it deploys."""
