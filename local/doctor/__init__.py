"""What would keep Citylake from running, on this machine or in an AWS account.

``finding`` is what an examination says; ``machine`` looks at this machine, ``account`` at an AWS
account, part by part: ``quotas``, ``platform``, ``domains``, ``runtimes``.
"""
