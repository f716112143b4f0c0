package = 'LPeg'
version = '0.12-1'
