"""Bad input at scale: requests that no client would write, and bytes that are no request at all.

`make fuzz SEED=… INPUTS=…`. Whatever is sent, no server ends, none answers UNKNOWN or INTERNAL, and
nothing of how it works inside is told.
"""
