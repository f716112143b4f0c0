module example.com/app/v3

go 1.22

require github.com/foo/bar/v2 v2.0.0
require gopkg.in/yaml.v3 v3.0.1
require example v1.0.0
