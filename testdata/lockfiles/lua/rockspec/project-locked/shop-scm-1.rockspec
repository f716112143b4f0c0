rockspec_format = "3.0"
package = "shop"
version = "scm-1"
description = { summary = "Sells things", license = "Apache-2.0" }
dependencies = { "lua ~> 5.1", "lua-cjson ~> 2.1", "example/penlight" }
test_dependencies = { "busted >= 2" }
