local name = "kong-pgmoon"
local release, revision = "1.16.2", "1"
package = name
version = "1.16.2" .. "-1"

source = {
  url = "git+https://github.com/example/pgmoon.git",
  tag = "v1.16.2"
}

description = {
  summary = "Postgres driver for OpenResty and Lua",
  detailed = [[A driver
  in pure Lua.]],
  homepage = "https://github.com/example/pgmoon",
  maintainer = "Example Inc",
  license = "MIT"
}

dependencies = {
  "lua >= 5.1",
  "LPeg >= 1.0",
  -- "luasocket",
  platforms = { windows = { "winapi" } },
}

test_dependencies = { "busted" }
