"""When invoices will be paid, and how sure that is: fit once on the history, predict often."""
