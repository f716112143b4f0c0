terraform {
  required_providers {
    google = { source = "hashicorp/google", version = ">= 5.0, < 7.0" }
    random = "3.6.3"
    null   = {}
  }
}
