// Deprecated: use v2 instead.
module example.com/team/tool

go 1.24.0

toolchain go1.24.3

require (
	github.com/BurntSushi/toml v1.4.0
	github.com/foo/bar/v2 v2.1.0 // kept for the API
	gopkg.in/yaml.v3 v3.0.1
)

require (
	github.com/docker/docker v25.0.6+incompatible // indirect
	"golang.org/x/sys" v0.30.0 // indirect; for windows
	golang.org/x/tools v0.29.0 // indirect
)

exclude golang.org/x/sys v0.29.0

retract [v1.0.0, v1.0.5] // broken checksum

tool golang.org/x/tools/cmd/stringer

tool (
	example.com/team/tool/internal/gen
)
