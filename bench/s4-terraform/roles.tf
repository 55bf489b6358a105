# One role for each principal, with a policy that allows only the required actions.
locals {
  principals = {
    task       = "ecs-tasks.amazonaws.com"
    execution  = "ecs-tasks.amazonaws.com"
    build      = "codebuild.amazonaws.com"
    pipeline   = "codepipeline.amazonaws.com"
    codedeploy = "codedeploy.amazonaws.com"
    trigger    = "events.amazonaws.com"
  }
  trust = { for role, principal in local.principals : role => jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = principal }, Action = "sts:AssumeRole" }]
  }) }
  use_artifacts = [
    {
      Effect   = "Allow"
      Action   = ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"]
      Resource = [for bucket in aws_s3_bucket.main : "${bucket.arn}/*"]
    },
    {
      Effect   = "Allow"
      Action   = ["s3:GetBucketLocation", "s3:GetBucketVersioning"]
      Resource = [for bucket in aws_s3_bucket.main : bucket.arn]
    },
    {
      Effect   = "Allow"
      Action   = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
      Resource = [aws_kms_key.artifacts.arn]
    },
  ]
}

resource "aws_iam_role" "task" {
  name               = "${var.name}-task"
  assume_role_policy = local.trust.task
}

resource "aws_iam_role" "execution" {
  name               = "${var.name}-execution"
  assume_role_policy = local.trust.execution
}

resource "aws_iam_role_policy" "execution" {
  role = aws_iam_role.execution.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    {
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = ["${aws_cloudwatch_log_group.tasks.arn}:*"]
    },
    { Effect = "Allow", Action = ["ecr:GetAuthorizationToken"], Resource = ["*"] },
    {
      Effect   = "Allow"
      Action   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
      Resource = [aws_ecr_repository.images.arn]
    },
  ] })
}

resource "aws_iam_role" "build" {
  name               = "${var.name}-build"
  assume_role_policy = local.trust.build
}

resource "aws_iam_role_policy" "build" {
  role = aws_iam_role.build.name
  policy = jsonencode({ Version = "2012-10-17", Statement = concat(local.use_artifacts, [
    {
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = ["${aws_cloudwatch_log_group.build.arn}:*"]
    },
    { Effect = "Allow", Action = ["ecr:GetAuthorizationToken"], Resource = ["*"] },
    {
      Effect = "Allow"
      Action = [
        "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:CompleteLayerUpload", "ecr:GetDownloadUrlForLayer",
        "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart",
      ]
      Resource = [aws_ecr_repository.images.arn, aws_ecr_repository.layers.arn]
    },
  ]) })
}

resource "aws_iam_role" "pipeline" {
  name               = "${var.name}-pipeline"
  assume_role_policy = local.trust.pipeline
}

resource "aws_iam_role_policy" "pipeline" {
  role = aws_iam_role.pipeline.name
  policy = jsonencode({ Version = "2012-10-17", Statement = concat(local.use_artifacts, [
    {
      Effect = "Allow"
      Action = [
        "codecommit:CancelUploadArchive", "codecommit:GetBranch", "codecommit:GetCommit",
        "codecommit:GetUploadArchiveStatus", "codecommit:UploadArchive",
      ]
      Resource = [aws_codecommit_repository.source.arn]
    },
    {
      Effect   = "Allow"
      Action   = ["codebuild:BatchGetBuilds", "codebuild:StartBuild"]
      Resource = [aws_codebuild_project.image.arn]
    },
    {
      Effect = "Allow"
      Action = [
        "codedeploy:CreateDeployment", "codedeploy:GetApplication", "codedeploy:GetApplicationRevision",
        "codedeploy:GetDeployment", "codedeploy:GetDeploymentConfig", "codedeploy:RegisterApplicationRevision",
      ]
      Resource = ["arn:aws:codedeploy:${var.region}:${local.account}:*"]
    },
    { Effect = "Allow", Action = ["ecs:RegisterTaskDefinition"], Resource = ["*"] },
    {
      Effect   = "Allow"
      Action   = ["iam:PassRole"]
      Resource = [aws_iam_role.task.arn, aws_iam_role.execution.arn]
    },
  ]) })
}

resource "aws_iam_role" "codedeploy" {
  name               = "${var.name}-codedeploy"
  assume_role_policy = local.trust.codedeploy
}

resource "aws_iam_role_policy_attachment" "codedeploy" {
  role       = aws_iam_role.codedeploy.name
  policy_arn = "arn:aws:iam::aws:policy/AWSCodeDeployRoleForECS"
}

resource "aws_iam_role" "trigger" {
  name               = "${var.name}-trigger"
  assume_role_policy = local.trust.trigger
}

resource "aws_iam_role_policy" "trigger" {
  role = aws_iam_role.trigger.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Action = ["codepipeline:StartPipelineExecution"], Resource = [aws_codepipeline.main.arn] },
  ] })
}
