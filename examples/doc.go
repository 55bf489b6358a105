// Package examples holds sample applications and the stack configurations that deploy
// them. The package itself contains only tests. existing-environment is a Pulumi
// program that composes the components itself.
//
// All samples have the same contract, so that every configuration can deploy every
// sample. Package contract checks it on the running application:
//
//	GET  /         the load balancer's health check: 200 "ok", or 500 while it is set unhealthy
//	GET  /version  200 {"commit":"..."}, the commit from which the image was built
//	POST /health   {"status":500} or {"status":200}: sets the status code of /
//
// Every other path returns 404. POST /health returns 403 unless ALLOW_HEALTH_CHANGE is
// true: otherwise a stranger who reaches the load balancer could make the service
// unhealthy. POST /health changes only the task that receives the request. To make all
// tasks of a version unhealthy, deploy it with HEALTH_STATUS=500.
//
// Environment variables, checked at start:
//
//	PORT                 port to listen on, default 8080; with 0 the operating system chooses it
//	HEALTH_STATUS        the initial status code of /: 200 (default) or 500
//	ALLOW_HEALTH_CHANGE  true or false (default)
//	BASE_PATH            examples/app and examples/s3-node/app: a prefix such as /web,
//	                     under which the sample also serves its paths
//
// After SIGTERM a sample accepts no new requests, finishes the open requests within 25
// seconds and ends. ECS kills it after 30 seconds. A sample logs JSON lines to standard
// output and writes no files, so that its root file system can be read-only.
//
// The build argument COMMIT_HASH of a Dockerfile is the commit. The build argument
// BUILDER (examples/app) or BASE_IMAGE replaces the base image.
package examples
