"""The pay plan: on which day to pay each open bill in the next weeks, and whom to chase.

`inputs` is what is known, `safe_date` says until when a bill can wait, `cost` what a day costs,
`model` which days are worth a choice, `solver` chooses, `verify` checks the choice in integers,
`answer` puts it in words, and `calculation` is the use case that puts them together. `chase` is the
other side: what it is worth to chase an invoice.
"""
