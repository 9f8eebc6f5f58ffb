"""AWS Marketplace on one machine: a world of agreements behind the real clients of boto3.

No emulator has these services. Here a client of boto3 is bound to a `world`: what it sends is held
to the service model that is installed, and so is what it gets. An upgrade of botocore that changes
a shape turns the tests red.
"""
