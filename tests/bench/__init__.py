"""`make bench`: the hot paths against their floors, measured in one run. Ratios come first."""
