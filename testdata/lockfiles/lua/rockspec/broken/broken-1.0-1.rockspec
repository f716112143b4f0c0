package = "broken"
version = "1.0-1"
source = { url = "https://example.org/broken.tgz", md5 = "beef" }
dependencies = { "good", unknown(), { }
