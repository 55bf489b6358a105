// Package examples holds the sample applications, and the stack configurations
// that deliver them. It has no code of its own, only tests. existing-environment
// is a Pulumi program that composes the components itself.
//
// All samples keep one contract, so that any of them can be delivered by any
// configuration (package contract checks it on the running program):
//
//	GET  /         200 "ok", or 500 if told so: for the balancer's health check
//	GET  /version  200 {"commit":"..."}, the commit that the image was built from
//	POST /health   {"status":500} or {"status":200}: what / answers from now on
//
// Every other path is answered 404. POST /health is answered 403 unless the
// variable ALLOW_HEALTH_CHANGE allows it: otherwise a stranger who reaches the
// balancer could take the service down. It changes only the task that happens to
// receive it; to make all tasks of a version unhealthy, deliver it with
// HEALTH_STATUS.
//
// Environment variables, checked at start:
//
//	PORT                 port to listen on, default 8080; 0 lets the system choose
//	HEALTH_STATUS        what / answers at first: 200 (default) or 500
//	ALLOW_HEALTH_CHANGE  true or false (default)
//	BASE_PATH            examples/app and examples/s3-node/app: a prefix such as /web,
//	                     under which the same paths, and /hello of examples/app, are
//	                     answered as well
//
// On SIGTERM a sample takes no new requests, finishes the open ones within 25
// seconds and ends; ECS kills after 30. It logs JSON lines to standard output, and
// writes no file, so that its root filesystem can be read-only.
//
// A Dockerfile takes the commit as build argument COMMIT_HASH, and another base
// image as BUILDER (examples/app) or BASE_IMAGE.
package examples
