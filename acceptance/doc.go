// Package acceptance tests the program with the real AWS provider against an
// emulator of AWS's API.
//
//	go test -tags acceptance ./acceptance/...
//
// Each file here contains one story. The file name is the sentence that the story proves.
// A story is either a separate test or a chapter of TestRollingDelivery, TestBuilds,
// TestBlueGreenDelivery, TestPromotion or TestPromotionFromBlueGreen. These tests run
// several stories on the same stacks, because a stack takes long to create. The rest is
// in two packages:
//
//   - internal/readback compares a stack with the description of its system. It has a
//     file for each AWS concern. It reads the stack through AWS's API with AWS's SDK,
//     never from Pulumi's state.
//   - internal/lab operates the emulator. It has the SDK clients, the emulator's own
//     routes, stacks, pushes, and what a user does in AWS.
//
// A story calls these packages, and never AWS's API itself.
//
// All stories are in one package, so that one test binary runs them at the same time
// on one emulator. To add a story, add a file here. To read back another resource, add
// a file to internal/readback and a line to its list of concerns.
//
// The suite needs the AWS provider plugin on PATH, and the emulator's URL in
// AWS_ENDPOINT_URL (README.md, Emulator). The emulator must simulate what AWS does
// after a call, such as builds, pipelines and deployments: internal/lab/emulator.go
// describes its routes. The suite takes 15 to 30 minutes on two cores, so give it
// -timeout 40m.
package acceptance
