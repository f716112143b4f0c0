package = "dev"
version = "dev-1"
dependencies = { "lua >= 5.1", "luasocket >= 3.0, < 4" }
