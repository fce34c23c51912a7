package deployed

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const function = "arn:aws:lambda:eu-central-1:111122223333:function:lifeboat-prod-cleanup:"

func TestSuperfluousVersions(t *testing.T) {
	for name, c := range map[string]struct {
		reason  string
		numbers []int
		used    []string
		want    []int
	}{
		"few":           {"three stay in any case", []int{1, 2, 3}, nil, nil},
		"none":          {"it was never deployed", nil, nil, nil},
		"old":           {"nothing uses them", []int{1, 2, 3, 4, 5}, nil, []int{2, 1}},
		"an old in use": {"an execution was started with it", []int{1, 2, 3, 4, 5}, []string{"1"}, []int{2}},
		"any order":     {"AWS promises none", []int{12, 1, 9, 10, 2}, nil, []int{2, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			var versions []Version
			for _, n := range c.numbers {
				versions = append(versions, Version{Number: n, ARN: function + string(rune('0'+n))})
			}
			used := map[string]bool{}
			for _, n := range c.used {
				used[function+n] = true
			}
			var got []int
			for _, v := range Superfluous(versions, used) {
				got = append(got, v.Number)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.reason, diff)
			}
		})
	}
}

func TestVersionsInADefinition(t *testing.T) {
	gov := strings.Replace(function, "arn:aws:", "arn:aws-us-gov:", 1) + "12"
	definition := `{"A": {"FunctionName": "` + function + `7"}, "B": {"FunctionName": "` + gov + `"}, "C": "arn:aws:states:::lambda:invoke",
		"D": "arn:aws:lambda:eu-central-1:111122223333:function:check-orders:live"}`
	if diff := cmp.Diff([]string{function + "7", gov}, VersionsIn(definition)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPartitions(t *testing.T) {
	for region, want := range map[string]string{"eu-central-1": "aws", "us-gov-east-1": "aws-us-gov", "cn-north-1": "aws-cn"} {
		if got := Partition(region); got != want {
			t.Errorf("%s lies in %s, not %s", region, want, got)
		}
		names := Names{Deployment: "prod", Account: "111122223333", Region: region}
		for _, arn := range []string{names.MachineARN(), names.BucketARN(), names.TableARN(), names.Throwaways(), names.PagesARN(), names.TicketsARN()} {
			if !strings.HasPrefix(arn, "arn:"+want+":") {
				t.Errorf("%s in %s", arn, region)
			}
		}
	}
}
