"""`python -m runway_cli`: the `runway` command, where only modules are run."""

from runway_cli.main import run

run()
