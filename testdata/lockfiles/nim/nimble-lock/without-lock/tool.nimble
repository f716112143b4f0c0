[Package]
name: "tool"
version: "0.2.0"

[Deps]
Requires: "nim >= 0.10.0, jester > 0.1 & <= 0.5, https://github.com/example/parser.git >= 1.0"
