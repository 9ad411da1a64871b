"""`python -m bench.bare_calculator`: see `bench.bare`."""

from bench import bare

bare.run(bare.calculator)
