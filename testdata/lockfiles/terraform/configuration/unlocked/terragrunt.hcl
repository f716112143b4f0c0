include "root" {
  path = find_in_parent_folders()
}
terraform {
  source = "git::git@github.com:acme/modules.git//app?ref=v0.3.0"
}
inputs = merge(local.a, { x = 1 })
