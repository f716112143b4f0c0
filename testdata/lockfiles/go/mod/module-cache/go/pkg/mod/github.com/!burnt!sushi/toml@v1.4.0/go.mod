module github.com/BurntSushi/toml

require example.com/not/built v1.0.0
