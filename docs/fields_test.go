package docs_test

import (
	"encoding/json"
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/world/sim"
)

// schema is a JSON Schema of objects whose types stand in $defs.
type schema struct {
	Ref        string            `json:"$ref"`
	Defs       map[string]schema `json:"$defs"`
	Properties map[string]schema `json:"properties"`
	Items      *schema           `json:"items"`
	AnyOf      []schema          `json:"anyOf"`
	OneOf      []schema          `json:"oneOf"`
}

// UnmarshalJSON takes true, which allows anything, for a schema without fields.
func (s *schema) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] != '{' {
		return nil
	}
	type plain schema
	return json.Unmarshal(text, (*plain)(s))
}

func readSchema(t *testing.T, file string) schema {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var s schema
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// leads tells whether a path leads to a field of a type.
func (s schema) leads(from schema, path []string) bool {
	if len(path) == 0 {
		return true
	}
	if name := strings.TrimPrefix(from.Ref, "#/$defs/"); from.Ref != "" && s.leads(s.Defs[name], path) {
		return true
	}
	if from.Items != nil && s.leads(*from.Items, path) {
		return true
	}
	for _, one := range slices.Concat(from.AnyOf, from.OneOf) {
		if s.leads(one, path) {
			return true
		}
	}
	field, there := from.Properties[path[0]]
	return there && s.leads(field, path[1:])
}

// leadsAnywhere is the same from some type: pages name keys as they stand in
// their table, not from the top.
func (s schema) leadsAnywhere(path []string) bool {
	for _, of := range s.Defs {
		if s.leads(of, path) {
			return true
		}
	}
	return false
}

// typeLeads tells whether a path leads to a key of a Go type, by its tags.
func typeLeads(of reflect.Type, tag string, path []string) bool {
	for of.Kind() == reflect.Pointer || of.Kind() == reflect.Slice {
		of = of.Elem()
	}
	if len(path) == 0 {
		return true
	}
	if of.Kind() != reflect.Struct {
		return false
	}
	for i := range of.NumField() {
		field := of.Field(i)
		if name, _, _ := strings.Cut(field.Tag.Get(tag), ","); name == path[0] && typeLeads(field.Type, tag, path[1:]) {
			return true
		}
	}
	return false
}

var (
	pathOfFieldsRE = regexp.MustCompile(`^[a-z][A-Za-z0-9]*(\.[a-z][A-Za-z0-9]*)+$`)
	continuedRE    = regexp.MustCompile(`^\.[a-z][A-Za-z0-9]*$`)
	// besides is a file beside a match x of a glob: x.md5, `.sha256`.
	besides = "x."
	fileRE  = regexp.MustCompile(`\.(asl|gz|html|json|jsonl|log|md|mod|go|tar|yaml)$`)
)

// variables of the drill machine, by their first part: not of a document, but of
// what runs.
var variables = map[string]reflect.Type{"limits": reflect.TypeFor[drill.Limits](), "poll": reflect.TypeFor[drillstep.Poll]()}

// Every path of fields that a page names leads to a key of the plan, a field of
// the evidence, a key of a scenario, or a variable of the machine. `.of` behind
// `limits.restore` is `limits.of`.
func TestFields(t *testing.T) {
	plans, evidence, scenarios := readSchema(t, "lifeboat.schema.json"), readSchema(t, "evidence.schema.json"), reflect.TypeFor[sim.Scenario]()
	known := func(path []string) bool {
		of := variables[path[0]]
		return plans.leadsAnywhere(path) || evidence.leads(evidence, path) || typeLeads(scenarios, "yaml", path) || of != nil && typeLeads(of, "json", path[1:])
	}
	count := 0
	for _, p := range pages(t) {
		before := ""
		for _, s := range p.spans() {
			text := s.text
			if continuedRE.MatchString(text) && before != "" && !fileRE.MatchString(text) {
				text = before + text
			}
			if !pathOfFieldsRE.MatchString(text) || fileRE.MatchString(text) || strings.HasPrefix(text, besides) {
				before = ""
				continue
			}
			count++
			before = text[:strings.LastIndexByte(text, '.')]
			if !known(strings.Split(text, ".")) {
				p.problem(t, s.at, "%s is no key of a plan or scenario, and no field of the evidence", text)
			}
		}
	}
	if count < 40 {
		t.Errorf("only %d paths of fields were seen", count)
	}
}

// keys that the first column of a page's tables under some headings explains.
func (p page) keys(headings ...string) map[string]span {
	all := map[string]span{}
	heading, at, before := "", 0, ""
	for line := range strings.SplitAfterSeq(p.prose, "\n") {
		if strings.HasPrefix(line, "#") {
			heading = strings.TrimSpace(strings.TrimLeft(line, "#"))
		}
		first, _, found := strings.Cut(strings.TrimPrefix(line, "|"), "|")
		if found && strings.HasPrefix(line, "|") && slices.Contains(headings, heading) {
			for _, m := range spanRE.FindAllStringSubmatch(first, -1) {
				name := m[1]
				if strings.HasPrefix(name, "{") { // an example of a value
					continue
				}
				if strings.HasPrefix(name, ".") {
					name = before + name
				} else if i := strings.LastIndexByte(name, '.'); i > 0 {
					before = name[:i]
				}
				all[name] = span{name, at}
			}
		}
		at += len(line)
	}
	return all
}

// The tables of the plan have exactly its keys.
func TestKeysOfThePlan(t *testing.T) {
	plans, p := readSchema(t, "lifeboat.schema.json"), named(t, "docs/plan.md")
	said := p.keys("Top", "Workload", "Database", "Check")
	last := map[string]bool{}
	for name, s := range said {
		path := strings.Split(name, ".")
		last[path[len(path)-1]] = true
		if !plans.leadsAnywhere(path) {
			p.problem(t, s.at, "%s is no key of a plan", name)
		}
	}
	explained := map[string]bool{}
	for _, m := range spanRE.FindAllStringSubmatch(p.prose, -1) {
		for _, word := range regexp.MustCompile(`[A-Za-z]+`).FindAllString(m[1], -1) {
			explained[word] = true
		}
	}
	for of, s := range plans.Defs {
		for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
			if !last[name] && !explained[name] {
				t.Errorf("%s:1: says nothing of %s of %s", p.file, name, of)
			}
		}
	}
}

// The table of the document has exactly its fields; `deployment` ... `planHash`
// are those between.
func TestFieldsOfTheEvidence(t *testing.T) {
	evidence, p := readSchema(t, "evidence.schema.json"), named(t, "docs/evidence.md")
	said := p.keys("The document")
	for name, s := range said {
		if !evidence.leads(evidence, []string{name}) {
			p.problem(t, s.at, "%s is no field of the evidence", name)
		}
	}
	between := []string{"workload", "database", "owner", "kind", "scenario"}
	for _, name := range slices.Sorted(maps.Keys(evidence.Defs["Document"].Properties)) {
		if _, there := said[name]; !there && !slices.Contains(between, name) {
			t.Errorf("%s:1: says nothing of %s", p.file, name)
		}
	}
}

// The table of scenarios has exactly their keys.
func TestKeysOfScenarios(t *testing.T) {
	p, scenarios := named(t, "docs/rehearse.md"), reflect.TypeFor[sim.Scenario]()
	said := p.keys("Scenarios")
	for name, s := range said {
		if !typeLeads(scenarios, "yaml", strings.Split(name, ".")) {
			p.problem(t, s.at, "%s is no key of a scenario", name)
		}
	}
	for i := range scenarios.NumField() {
		field := scenarios.Field(i)
		name := field.Tag.Get("yaml")
		if field.Type.Kind() != reflect.Struct || field.Type.PkgPath() == "time" {
			if _, there := said[name]; !there {
				t.Errorf("%s:1: says nothing of %s", p.file, name)
			}
			continue
		}
		for j := range field.Type.NumField() {
			inner := name + "." + field.Type.Field(j).Tag.Get("yaml")
			if _, there := said[inner]; !there {
				t.Errorf("%s:1: says nothing of %s", p.file, inner)
			}
		}
	}
}
