module example.com/replaced

go 1.22

require (
	github.com/aws/aws-sdk-go-v2 v1.36.3
	github.com/foo/forked v1.0.0
	github.com/foo/kept v1.0.0
	golang.org/x/xerrors v0.0.0-20200804184101-5ec99f83aff1
	example.com/generated v0.0.0
)

replace (
	github.com/aws/aws-sdk-go-v2 => ../../../
	github.com/foo/forked => github.com/team/forked v1.0.1
	github.com/foo/kept v0.9.0 => github.com/team/kept v0.9.1
	golang.org/x/xerrors => ./xerrors
	example.com/generated => ./not/there
)
