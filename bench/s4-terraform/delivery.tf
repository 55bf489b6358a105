resource "aws_codecommit_repository" "source" {
  repository_name = var.name
  description     = "Source of ${var.name}"
}

resource "aws_ecr_repository" "images" {
  name         = var.name
  force_delete = true # a demonstration

  image_scanning_configuration {
    scan_on_push = true
  }
}

resource "aws_ecr_lifecycle_policy" "images" {
  repository = aws_ecr_repository.images.name
  policy = jsonencode({ rules = [{
    rulePriority = 1
    description  = "Untagged images expire"
    selection    = { tagStatus = "untagged", countType = "sinceImagePushed", countUnit = "days", countNumber = 14 }
    action       = { type = "expire" }
  }] })
}

# The repository of Docker's layer cache. Every build replaces the cache.
resource "aws_ecr_repository" "layers" {
  name         = "${var.name}-layers"
  force_delete = true
}

resource "aws_ecr_lifecycle_policy" "layers" {
  repository = aws_ecr_repository.layers.name
  policy = jsonencode({ rules = [{
    rulePriority = 1
    description  = "Replaced layers expire"
    selection    = { tagStatus = "untagged", countType = "sinceImagePushed", countUnit = "days", countNumber = 1 }
    action       = { type = "expire" }
  }] })
}

resource "aws_kms_key" "artifacts" {
  description             = "Pipeline artifacts of ${var.name}"
  enable_key_rotation     = true
  deletion_window_in_days = 7
}

# Two buckets. One has the artifacts that the stages exchange. The other has
# appspec.yaml and taskdef.json, which are the pipeline's second source.
locals {
  buckets = toset(["artifacts", "deployment"])
}

resource "aws_s3_bucket" "main" {
  for_each      = local.buckets
  bucket_prefix = "${var.name}-${each.key}-"
  force_destroy = true # a demonstration
}

resource "aws_s3_bucket_versioning" "main" {
  for_each = local.buckets
  bucket   = aws_s3_bucket.main[each.key].id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_public_access_block" "main" {
  for_each                = local.buckets
  bucket                  = aws_s3_bucket.main[each.key].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "main" {
  for_each = local.buckets
  bucket   = aws_s3_bucket.main[each.key].id

  rule {
    bucket_key_enabled = true
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.artifacts.arn
    }
  }
}

# A pipeline's S3 source is a zip file. Terraform's AWS provider cannot create one, so
# the caller does: `zip -j deployment.zip deployment/*`.
resource "aws_s3_object" "deployment" {
  bucket      = aws_s3_bucket.main["deployment"].id
  key         = "deployment.zip"
  source      = "${path.module}/deployment.zip"
  source_hash = filemd5("${path.module}/deployment.zip")
  depends_on  = [aws_s3_bucket_versioning.main]
}

resource "aws_cloudwatch_log_group" "build" {
  name              = "${var.name}-build"
  retention_in_days = 30
}

resource "aws_codebuild_project" "image" {
  name           = var.name
  description    = "Builds the image of ${var.name}"
  service_role   = aws_iam_role.build.arn
  encryption_key = aws_kms_key.artifacts.arn
  build_timeout  = 30

  artifacts {
    type = "CODEPIPELINE"
  }

  environment {
    type            = "LINUX_CONTAINER"
    compute_type    = "BUILD_GENERAL1_SMALL"
    image           = "aws/codebuild/amazonlinux-x86_64-standard:5.0"
    privileged_mode = true

    environment_variable {
      name  = "REPOSITORY_URI"
      value = aws_ecr_repository.images.repository_url
    }

    environment_variable {
      name  = "CACHE"
      value = "type=registry,ref=${aws_ecr_repository.layers.repository_url}:layers"
    }
  }

  logs_config {
    cloudwatch_logs {
      group_name = aws_cloudwatch_log_group.build.name
    }
  }

  source {
    type      = "CODEPIPELINE"
    buildspec = <<-EOT
      version: 0.2
      phases:
        pre_build:
          commands:
            - aws ecr get-login-password | docker login --username AWS --password-stdin "$${REPOSITORY_URI%%/*}"
            - docker buildx create --use --driver docker-container --bootstrap
        build:
          commands:
            - tag=$(printf %.7s "$CODEBUILD_RESOLVED_SOURCE_VERSION")
            - >-
              docker buildx build --push --provenance=false --tag "$REPOSITORY_URI:$tag" --tag "$REPOSITORY_URI:latest"
              --cache-from "$CACHE" --cache-to "$CACHE,mode=max,image-manifest=true,oci-mediatypes=true,ignore-error=true" .
        post_build:
          commands:
            - printf '{"ImageURI":"%s"}' "$REPOSITORY_URI:$tag" > imageDetail.json
      artifacts:
        files: [imageDetail.json]
    EOT
  }
}

resource "aws_codepipeline" "main" {
  name          = var.name
  role_arn      = aws_iam_role.pipeline.arn
  pipeline_type = "V2"

  artifact_store {
    type     = "S3"
    location = aws_s3_bucket.main["artifacts"].bucket

    encryption_key {
      type = "KMS"
      id   = aws_kms_key.artifacts.arn
    }
  }

  stage {
    name = "Source"

    action {
      name             = "Source"
      category         = "Source"
      owner            = "AWS"
      provider         = "CodeCommit"
      version          = "1"
      output_artifacts = ["Source"]
      configuration = {
        RepositoryName       = aws_codecommit_repository.source.repository_name
        BranchName           = "main"
        PollForSourceChanges = "false"
      }
    }

    action {
      name             = "Deployment"
      category         = "Source"
      owner            = "AWS"
      provider         = "S3"
      version          = "1"
      output_artifacts = ["Deployment"]
      configuration = {
        S3Bucket             = aws_s3_bucket.main["deployment"].bucket
        S3ObjectKey          = aws_s3_object.deployment.key
        PollForSourceChanges = "false"
      }
    }
  }

  stage {
    name = "Build"

    action {
      name             = "Image"
      category         = "Build"
      owner            = "AWS"
      provider         = "CodeBuild"
      version          = "1"
      input_artifacts  = ["Source"]
      output_artifacts = ["Image"]
      configuration = {
        ProjectName = aws_codebuild_project.image.name
      }
    }
  }

  stage {
    name = "Deploy"

    action {
      name            = "Deploy"
      category        = "Deploy"
      owner           = "AWS"
      provider        = "CodeDeployToECS"
      version         = "1"
      input_artifacts = ["Image", "Deployment"]
      configuration = {
        ApplicationName                = aws_codedeploy_app.main.name
        DeploymentGroupName            = aws_codedeploy_deployment_group.main.deployment_group_name
        TaskDefinitionTemplateArtifact = "Deployment"
        TaskDefinitionTemplatePath     = "taskdef.json"
        AppSpecTemplateArtifact        = "Deployment"
        AppSpecTemplatePath            = "appspec.yaml"
        Image1ArtifactName             = "Image"
        Image1ContainerName            = "IMAGE1_NAME"
      }
    }
  }
}

resource "aws_cloudwatch_event_rule" "push" {
  name        = "${var.name}-push"
  description = "A push to main"
  event_pattern = jsonencode({
    source      = ["aws.codecommit"]
    detail-type = ["CodeCommit Repository State Change"]
    resources   = [aws_codecommit_repository.source.arn]
    detail      = { event = ["referenceCreated", "referenceUpdated"], referenceType = ["branch"], referenceName = ["main"] }
  })
}

resource "aws_cloudwatch_event_target" "push" {
  rule     = aws_cloudwatch_event_rule.push.name
  arn      = aws_codepipeline.main.arn
  role_arn = aws_iam_role.trigger.arn
}

resource "aws_s3_bucket_notification" "deployment" {
  bucket      = aws_s3_bucket.main["deployment"].id
  eventbridge = true
}

resource "aws_cloudwatch_event_rule" "deployment" {
  name        = "${var.name}-deployment"
  description = "New deployment files"
  event_pattern = jsonencode({
    source      = ["aws.s3"]
    detail-type = ["Object Created"]
    detail      = { bucket = { name = [aws_s3_bucket.main["deployment"].bucket] }, object = { key = [aws_s3_object.deployment.key] } }
  })
}

resource "aws_cloudwatch_event_target" "deployment" {
  rule     = aws_cloudwatch_event_rule.deployment.name
  arn      = aws_codepipeline.main.arn
  role_arn = aws_iam_role.trigger.arn
}
