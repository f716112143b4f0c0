package = compute()
