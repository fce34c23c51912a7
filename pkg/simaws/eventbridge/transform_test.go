package eventbridge

import "testing"

func TestInputTransformer(t *testing.T) {
	paths := map[string]string{"state": "$.detail.state", "why": "$.detail.why", "n": "$.detail.n", "none": "$.detail.x.y", "time": "$.time"}
	event := `{"time": "2026-11-02T03:00:00Z", "detail": {"state": "FAILED", "why": "say \"no\"", "n": 3}}`
	for name, c := range map[string]struct{ template, want string }{
		"a text":          {`"It <state>: <why>\nat <time>, <n>"`, `"It FAILED: say \"no\"\nat 2026-11-02T03:00:00Z, 3"`},
		"an object":       {`{"state": <state>, "n": <n>, "text": "<state>"}`, `{"state": "FAILED", "n": 3, "text": "FAILED"}`},
		"what is missing": {`"<none>."`, `"."`},
	} {
		tr := &Transformer{paths, c.template}
		if err := tr.check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got, err := tr.transform([]byte(event)); err != nil || string(got) != c.want {
			t.Errorf("%s: %v, %s", name, err, got)
		}
	}
	for name, tr := range map[string]*Transformer{
		"no template": {paths, ""}, "no path": {paths, `"<other>"`}, "path": {map[string]string{"a": "$.detail[0]"}, `"<a>"`}, "name": {map[string]string{"AWS.a": "$.a"}, `"x"`},
		"variable": {paths, `"<aws.events.event.json>"`},
	} {
		if name != "variable" && tr.check() == nil {
			t.Errorf("%s is taken", name)
		}
	}
}
