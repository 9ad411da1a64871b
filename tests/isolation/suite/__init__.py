"""Random operations over many businesses, and a search for what of one is seen by another.

`make isolation SEED=… OPS=…`. Every business has a canary in its id and in every text of it, and
amounts of a size of its own. Whatever anybody is answered is searched for canaries of others:
bodies, messages of errors, headers, trailers, what the services log, and what the database shows to
the role that the services log in with.
"""
