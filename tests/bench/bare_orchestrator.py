"""`python -m bench.bare_orchestrator`: see `bench.bare`."""

from bench import bare

bare.run(bare.orchestrator)
