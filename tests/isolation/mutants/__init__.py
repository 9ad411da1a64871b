"""Tests of the tests: one hole at a time, in a table, an RPC or a statement, and who notices.

`make isolation-mutants`. A mutant that nobody catches ends the run with 1: it is a hole that could
come about and stay.
"""
