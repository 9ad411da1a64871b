"""Composes one experience per request from orchestrator and calculator. It keeps nothing."""
