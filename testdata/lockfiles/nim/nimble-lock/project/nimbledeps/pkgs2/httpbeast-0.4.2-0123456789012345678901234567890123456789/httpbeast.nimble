version = "0.4.2"
author = "Someone"
license = "MIT"
requires "nim >= 1.0.0"
