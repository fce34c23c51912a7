package planfile

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// Each topology has an example, and each example is one that can be kept.
func TestEveryTopologyHasAnExample(t *testing.T) {
	const folder = "../../examples/topologies"
	for _, topology := range plan.Topologies {
		file := filepath.Join(folder, topology+".yaml")
		loaded, err := Load(file)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if got := loaded.Plan.Workloads[0].Topology; got != topology {
			t.Errorf("%s is of the topology %s", file, got)
		}
	}
	files, err := filepath.Glob(folder + "/*")
	if err != nil || len(files) != len(plan.Topologies) {
		t.Errorf("%v, %v: an example of each topology, and nothing else", files, err)
	}
}

// What a topology needs and the plan does not have is told where it belongs.
func TestATopologyThatIsOnlyNamed(t *testing.T) {
	text := strings.Replace(good, "  - name: orders\n", "  - name: orders\n    topology: warm-standby\n", 1)
	if text == good {
		t.Fatal("the plan of the tests has no workload orders any more")
	}
	_, err := Parse("lifeboat.yaml", []byte(text))
	if err == nil || !strings.Contains(err.Error(), "warm-standby needs a service") || !strings.Contains(err.Error(), "lifeboat.yaml:") {
		t.Errorf("%v", err)
	}
}
