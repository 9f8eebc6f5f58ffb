"""What Citylake costs a month on AWS: prices, assumptions, and the sum of both.

``prices`` has list prices with where and when they were read, ``assumptions`` what is known or
guessed of use, ``model`` multiplies, ``page`` words the result as docs/costs.md.
"""
