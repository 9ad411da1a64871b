"""The `runway` command: starts everything on one machine, and the tools around it."""
