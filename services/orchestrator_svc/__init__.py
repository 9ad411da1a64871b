"""Pulls the books of each business and keeps its state, scoped by `business_id`, in PostgreSQL."""
