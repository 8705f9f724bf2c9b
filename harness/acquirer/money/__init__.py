"""What is booked and what it costs: ledger, transactions, settlement, fees, invoices."""
