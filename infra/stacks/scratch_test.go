package stacks_test

import (
	"context"
	"fmt"
	"testing"
	"time"
	"encoding/json"

	"github.com/lifeboat-dr/lifeboat/pkg/world/sim"
	"github.com/lifeboat-dr/lifeboat/pkg/world/template"
)

func TestScratch(t *testing.T) {
	w := open(t, shaped(t, "apart").folder, func(o *template.Options) {
		o.Scenario = sim.Scenario{Backups: sim.Backups{Snapshots: []sim.Snapshot{{Kind: "awsbackup", Age: sim.Duration(10 * time.Minute)}}}}
	})
	for _, d := range w.Databases() {
		r, err := w.Rehearse(context.Background(), d)
		if err != nil { t.Fatal(err) }
		fmt.Println(d, r.Ending, r.Cause)
		if r.Evidence != nil { for _, f := range r.Evidence.Findings { text, _ := json.Marshal(f); fmt.Println(string(text)) } }
	}
	for _, x := range w.Troubles() { fmt.Println(x) }
}
