package sim_test

import (
	"context"
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/asl"
	"github.com/lifeboat-dr/lifeboat/pkg/world/sim"
)

// passwordRE is what the simulated RDS makes as passwords.
var passwordRE = regexp.MustCompile(`simulated-[0-9]+`)

// A password is read where it is used. The history of the execution, which more
// people may read than the secret, names the secret.
func TestNoPasswordIsInAnyState(t *testing.T) {
	var history strings.Builder
	w, err := sim.Open(sim.Options{Plan: examplePlan(t), Version: "test", Observe: func(_ string, e asl.Event) {
		text, err := json.Marshal(e)
		if err != nil {
			t.Error(err)
		}
		history.Write(text)
	}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(history.String(), ":secret:rds!db-") {
		t.Error("no state names the secret: this says nothing")
	}
	for where, text := range map[string]string{"the history": history.String(), "the evidence": string(w.EvidenceFiles())} {
		if found := passwordRE.FindString(text); found != "" {
			t.Errorf("%s holds %s", where, found)
		}
	}
}
