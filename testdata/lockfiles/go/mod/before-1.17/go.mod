module example.com/old

go 1.16

require github.com/spf13/cobra v1.2.1

replace golang.org/x/text => github.com/golang/text v0.3.8
