"""`python -m bench.bare_gateway`: see `bench.bare`."""

from bench import bare

bare.run(bare.gateway)
