"""Forecasts held against what then happened, at weekly origins that know nothing of what came."""
