"""Sources of books. Each maps what its source says to the records of `domain.ledger`."""
