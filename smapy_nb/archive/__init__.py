"""What we have read: readings, spending (prices, budget, ledger), claims between kernels, history, export."""
