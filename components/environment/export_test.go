package environment

// AwsVersion is the version of the AWS provider, for a test.
const AwsVersion = awsVersion
