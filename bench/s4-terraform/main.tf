# System S4 as a Terraform configuration: blue/green with a test listener and
# manual reroute. `go run ./bench` compares it with examples/s4-manual-reroute. It is
# only for an emulator of AWS's API, whose URL is in AWS_ENDPOINT_URL.

terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
      # pulumi-aws 6 is built from this major version, so both sides run much the same code per resource.
      version = "~> 5.100"
    }
  }
}

# The settings for an emulator, which has one host name and no instance metadata.
# Package automation/stack sets the same for fargate-cd.
provider "aws" {
  region                      = var.region
  s3_use_path_style           = true
  skip_credentials_validation = true
  skip_metadata_api_check     = true
}

variable "region" {
  description = "The region of the stack."
  default     = "eu-central-1"
}

variable "name" {
  description = "The name of the service. The names of all resources begin with it."
  default     = "webserver"
}

variable "production_port" {
  description = "The port of the production listener."
  default     = 80
}

variable "test_port" {
  description = "The port of the QA listener."
  default     = 8080
}

variable "test_networks" {
  description = "The networks that reach the QA listener."
  default     = ["203.0.113.0/24"]
}

variable "container_port" {
  description = "The port on which the container listens."
  default     = 80
}

data "aws_caller_identity" "current" {}

locals {
  account = data.aws_caller_identity.current.account_id
}

output "webserver_url" {
  value = "http://${aws_lb.main.dns_name}/"
}

output "webserver_url_qa" {
  value = "http://${aws_lb.main.dns_name}:${var.test_port}/"
}

output "clone_url_https" {
  value = aws_codecommit_repository.source.clone_url_http
}

output "clone_url_ssh" {
  value = aws_codecommit_repository.source.clone_url_ssh
}
