"""The cloud on one machine: an emulator of AWS, and the real ``cdk deploy`` against it."""
