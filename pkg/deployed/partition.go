package deployed

import "strings"

// Partition is the partition of a region, by its name. All ARNs of one carry it,
// and nothing reaches from one into another.
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

// Console is the address of the region's console.
// https://docs.aws.amazon.com/govcloud-us/latest/UserGuide/getting-started-sign-in.html
// https://docs.amazonaws.cn/en_us/aws/latest/userguide/endpoints-Beijing.html
func Console(region string) string {
	switch Partition(region) {
	case "aws-us-gov":
		return "https://console.amazonaws-us-gov.com/"
	case "aws-cn":
		return "https://console.amazonaws.cn/"
	}
	return "https://" + region + ".console.aws.amazon.com/"
}
