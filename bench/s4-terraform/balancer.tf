resource "aws_security_group" "balancer" {
  name_prefix = "${var.name}-alb-"
  description = "Load balancer of ${var.name}"
  vpc_id      = aws_vpc.main.id
}

resource "aws_vpc_security_group_ingress_rule" "production" {
  security_group_id = aws_security_group.balancer.id
  description       = "Anyone to the production listener"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = var.production_port
  to_port           = var.production_port
}

resource "aws_vpc_security_group_ingress_rule" "test" {
  for_each          = toset(var.test_networks)
  security_group_id = aws_security_group.balancer.id
  description       = "The office to the QA listener"
  cidr_ipv4         = each.value
  ip_protocol       = "tcp"
  from_port         = var.test_port
  to_port           = var.test_port
}

resource "aws_vpc_security_group_egress_rule" "balancer_to_tasks" {
  security_group_id            = aws_security_group.balancer.id
  description                  = "To the tasks"
  referenced_security_group_id = aws_security_group.tasks.id
  ip_protocol                  = "tcp"
  from_port                    = var.container_port
  to_port                      = var.container_port
}

resource "aws_lb" "main" {
  name                       = "${var.name}-alb"
  load_balancer_type         = "application"
  security_groups            = [aws_security_group.balancer.id]
  subnets                    = aws_subnet.public[*].id
  drop_invalid_header_fields = true
}

resource "aws_lb_target_group" "color" {
  for_each             = toset(["blue", "green"])
  name                 = "${var.name}-${each.key}"
  vpc_id               = aws_vpc.main.id
  target_type          = "ip"
  protocol             = "HTTP"
  port                 = var.container_port
  deregistration_delay = 30

  health_check {
    path                = "/"
    matcher             = "200-299"
    interval            = 10
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 3
  }
}

resource "aws_lb_listener" "production" {
  load_balancer_arn = aws_lb.main.arn
  protocol          = "HTTP"
  port              = var.production_port

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.color["blue"].arn
  }

  lifecycle {
    ignore_changes = [default_action] # CodeDeploy changes the target group
  }
}

resource "aws_lb_listener" "test" {
  load_balancer_arn = aws_lb.main.arn
  protocol          = "HTTP"
  port              = var.test_port

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.color["green"].arn
  }

  lifecycle {
    ignore_changes = [default_action] # CodeDeploy changes the target group
  }
}
