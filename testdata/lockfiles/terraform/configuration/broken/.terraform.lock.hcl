provider "registry.terraform.io/hashicorp/null" {
  hashes = ["zh:12", "nothing"]
}
provider "registry.terraform.io/hashicorp/tls" {
  version = "4.0.6"
  hashes = ["zh:12", "nothing"]
}
???
