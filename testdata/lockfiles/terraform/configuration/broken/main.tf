module "none" {
  count = 1
}
module "computed" {
  source = "./x/${var.name}"
}
module "open" {
  source = "acme/open/aws"
  version = "1.0.0"
