"""Data quality: what is wrong with a business's books, what each fault costs in days of runway, and
how good the books are all in all.

`inputs` is what is known, `rules` find issues, `pricing` says what an issue costs, `score` judges,
and `calculation` is the use case that puts them together.
"""
