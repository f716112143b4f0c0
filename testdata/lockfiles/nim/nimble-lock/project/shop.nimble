# Package
version       = "0.1.0"
author        = "Example"
description   = "Sells things"
license       = "MIT"
srcDir        = "src"

# Dependencies
requires "nim >= 1.6.0", "jester#head"
taskRequires "test", "unittest2 >= 0.2"

task test, "Runs the tests":
  exec "nim c -r tests/all.nim"
