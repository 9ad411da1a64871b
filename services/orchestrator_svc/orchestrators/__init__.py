"""Use cases: each takes a `business_id` first, opens one transaction, and answers in domain
terms.
"""
