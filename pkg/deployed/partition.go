package deployed

import "github.com/lifeboat-dr/lifeboat/pkg/plan"

// Partition is the partition of a region; pkg/plan refuses those that lifeboat
// does not know.
// https://docs.aws.amazon.com/general/latest/gr/rande.html
func Partition(region string) string { return plan.Partition(region) }

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
