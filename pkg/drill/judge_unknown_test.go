package drill

import (
	"testing"

	"pgregory.net/rapid"
)

// Unknown is not good: whatever word of the record this version does not know,
// the drill does not pass.
func TestAnUnknownWordIsNeverAPass(t *testing.T) {
	word := rapid.StringMatching(`[a-z]{0,9}x`)
	places := map[string]func(c *Case, word string){
		"severity of a finding": func(c *Case, word string) {
			c.Facts = append(c.Facts, Fact{At: noon, Kind: FactNoted, Finding: &Finding{Severity: Severity(word), Code: "New", What: "something new"}})
		},
		"severity of a restore's finding": func(c *Case, word string) {
			c.Facts[2].Status.Findings = []Finding{{Severity: Severity(word), Code: "New", What: "something new"}}
		},
		"kind of fact":     func(c *Case, word string) { c.Facts = append(c.Facts, Fact{At: noon, Kind: FactKind(word)}) },
		"stage of a check": func(c *Case, word string) { c.Facts[5].Check.Stage = CheckStage(word) },
		"kind of check":    func(c *Case, word string) { c.Facts[5].Check.Kind = CheckKind(word) },
		"outcome":          func(c *Case, word string) { c.Facts[5].Check.Outcome = CheckOutcome(word) },
		"what it read":     func(c *Case, word string) { c.Facts[5].Check.Reads = Reads(word) },
	}
	for name, put := range places {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				c := good()
				put(&c, word.Draw(t, "word"))
				v := Judge(c)
				if v.Ending != FailureDirty {
					t.Fatalf("ended %s", v.Ending)
				}
				for _, f := range v.Findings {
					switch f.Severity {
					case Info, Warning, Missed, Failed, Dirty:
					default:
						t.Fatalf("the verdict has the unknown severity %q", f.Severity)
					}
				}
			})
		})
	}
}

func TestAnUnknownEndingIsCountedAsDirty(t *testing.T) {
	for _, m := range Metrics(good().Spec, Judge(good()), "SomethingNew") {
		if m.Name == "DrillFailureDirty" && m.Value != 1 {
			t.Error("an ending that nobody knows is silent in the metrics")
		}
	}
}
