package environment

// AwsVersion exports awsVersion for a test.
const AwsVersion = awsVersion
