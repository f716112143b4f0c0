(((
module
require (
	github.com/foo/good v1.0.0
	github.com/foo/versionless
	"unfinished v1.0.0
	github.com/foo/branch master
	github.com/foo/after v1.0.0
