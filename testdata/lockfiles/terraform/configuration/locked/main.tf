terraform {
  required_version = ">= 1.6"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.0"
    }
    cloudflare = {
      source = "registry.opentofu.org/cloudflare/cloudflare"
    }
  }
  backend "s3" {
    bucket = "state-${var.environment}"
  }
}

module "vpc" {
  source  = "terraform-aws-modules/vpc/aws"
  version = "5.8.1"
  name    = "main"
}

module "rules" {
  source  = "app.terraform.io/acme/rules/aws//modules/web"
  version = "~> 1.2"
}

module "network" {
  source = "git::https://github.com/acme/terraform-network.git//modules/subnet?ref=v2.1.0"
}

module "private" {
  source = "git::ssh://git@git.example.org/infra/dns.git?ref=4f2c1d0"
}

module "archive" {
  source = "https://example.org/modules/queue.zip"
}

module "local" {
  source = "./modules/app"
}
