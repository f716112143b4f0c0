module example.com/app

go 1.23

require (
	example.com/api v0.0.0
	github.com/pkg/errors v0.9.1
	golang.org/x/net v0.33.0
)
