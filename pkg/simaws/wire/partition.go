package wire

import "strings"

// Partition is the partition of a region, which all its ARNs carry.
// https://docs.aws.amazon.com/general/latest/gr/rande.html
func Partition(region string) string {
	switch {
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	}
	return "aws"
}

// ARN of a resource in a region.
func ARN(service, region, account, resource string) string {
	return "arn:" + Partition(region) + ":" + service + ":" + region + ":" + account + ":" + resource
}

// GlobalARN is that of IAM's and the like, as seen in a region.
func GlobalARN(service, region, account, resource string) string {
	return "arn:" + Partition(region) + ":" + service + "::" + account + ":" + resource
}
