"""The calculations, in plain Python and NumPy: no gRPC, no protobuf, no clock.

Money is an integer of minor units of the books' one currency, never a float. A day is an `int`: the
proleptic Gregorian ordinal of `datetime.date.toordinal`, so that days are added and compared as
numbers. Ratios (a coefficient of variation, an annual rate) are the only floats.
"""
