"""Trust: how complete, fresh and accurate items are; who says otherwise; corrections and certification by owners.

`expected` says what an item of a class must have, `health` counts, `corrections` and `certifying` change.
"""
