package world_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/world"
)

// TestRecoveryAsJSON: it goes to terminals and logs of CI.
func TestRecoveryAsJSON(t *testing.T) {
	now := world.Recovery{
		Run:   recovery.Run{ID: "r1", Token: "geheim"},
		Steps: []recovery.Record{{Number: 1, Spec: recovery.Spec{URL: "https://shop.example.com/health?token=geheim"}}},
	}
	text, err := json.Marshal(now)
	if err != nil || strings.Contains(string(text), "geheim") {
		t.Errorf("%s, %v", text, err)
	}
	var back struct {
		Run   recovery.Run      `json:"run"`
		Steps []recovery.Record `json:"steps"`
		Seen  string            `json:"seen"`
	}
	if err := json.Unmarshal(text, &back); err != nil || back.Run.ID != "r1" || len(back.Steps) != 1 || back.Steps[0].Spec.URL != "https://shop.example.com/health" || back.Seen == "" {
		t.Errorf("%s, %v", text, err)
	}
	if now.Run.Token == "" || !strings.Contains(now.Steps[0].Spec.URL, "geheim") {
		t.Error("what is shown is a copy")
	}
}
