package recovery_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
)

func shop(t *testing.T) recovery.Graph {
	t.Helper()
	g, err := recovery.NewGraph([]recovery.Node{
		{ID: "shop/validate", Kind: recovery.Validate, ExpectedSeconds: 20, Basis: "assumed"},
		{ID: "shop/restore", Kind: recovery.Restore, After: []string{"shop/validate"}, ExpectedSeconds: 1800, Basis: "measured"},
		{ID: "shop/users", Kind: recovery.Restore, After: []string{"shop/validate"}, ExpectedSeconds: 600, Basis: "measured"},
		{ID: "shop/warm", Kind: recovery.Invoke, After: []string{"shop/restore", "shop/users"}},
		{ID: "shop/look", Kind: recovery.HTTPCheck, After: []string{"shop/warm"}, ExpectedSeconds: 5, Basis: "assumed"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestTextShowsTheCriticalPathAsOneBranch(t *testing.T) {
	want := `     +0s * shop/validate  validate, 20s assumed
    +20s * ├ shop/restore  restore, 30m0s measured
 +30m20s * │ shop/warm  invoke, nobody knows how long, also after shop/users
 >30m20s * │ shop/look  http-check, 5s assumed
    +20s   └ shop/users  restore, 10m0s measured
`
	if diff := cmp.Diff(want, shop(t).Text()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestMermaidMarksTheCriticalPath(t *testing.T) {
	want := `flowchart LR
  s1["shop/validate<br/>validate, 20s assumed"]
  s2["shop/restore<br/>restore, 30m0s measured"]
  s3["shop/users<br/>restore, 10m0s measured"]
  s4["shop/warm<br/>invoke, nobody knows how long"]
  s5["shop/look<br/>http-check, 5s assumed"]
  s1 --> s2
  s1 --> s3
  s2 --> s4
  s3 --> s4
  s4 --> s5
  classDef critical stroke:#c00,stroke-width:3px
  class s1 critical
  class s2 critical
  class s4 critical
  class s5 critical
  linkStyle 0,2,4 stroke:#c00,stroke-width:3px
`
	if diff := cmp.Diff(want, shop(t).Mermaid()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Mermaid refuses more than 500 arrows, and no chart can ask for more.
func TestChartsThatMermaidRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		reason string
		wide   int // each of the second layer comes after all of the first
		want   string
	}{
		"some":               {"it draws them", 22, ""},
		"more than it draws": {"it shows an error in their place", 23, "529 arrows"},
	} {
		var nodes []recovery.Node
		var first []string
		for i := range c.wide {
			first = append(first, fmt.Sprintf("shop/a%d", i))
			nodes = append(nodes, recovery.Node{ID: first[i], Kind: recovery.Wait})
		}
		for i := range c.wide {
			nodes = append(nodes, recovery.Node{ID: fmt.Sprintf("shop/b%d", i), Kind: recovery.Wait, After: first})
		}
		g, err := recovery.NewGraph(nodes)
		if err != nil {
			t.Fatal(err)
		}
		if got := g.TooMuchForMermaid(); (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s (%s): %q", name, c.reason, got)
		}
	}
}

func TestProjectionSaysWhatNobodyKnows(t *testing.T) {
	p := shop(t).Project()
	if diff := cmp.Diff([]string{"shop/warm"}, p.Unknown); diff != "" {
		t.Errorf("unknown (-want +got):\n%s", diff)
	}
	if p.Critical.Seconds != 1825 {
		t.Errorf("critical path takes %vs, want 1825s", p.Critical.Seconds)
	}
	if diff := cmp.Diff(map[string]recovery.Path{"shop": p.Critical}, p.Workloads); diff != "" {
		t.Errorf("workloads (-want +got):\n%s", diff)
	}
}
