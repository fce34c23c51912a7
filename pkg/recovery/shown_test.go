package recovery

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestShownURL(t *testing.T) {
	for text, want := range map[string]string{
		"https://shop.example.com/health?token=geheim":        "https://shop.example.com/health",
		"https://shop.example.com:8443/a%20b?x=geheim#geheim": "https://shop.example.com:8443/a%20b",
		"https://me:geheim@shop.example.com":                  "https://shop.example.com",
		"http://[::1]:80/":                                    "http://[::1]:80/",
		"://geheim":                                           "",
		"geheim":                                              "",
	} {
		if got := ShownURL(text); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestShownKeepsTheRecord(t *testing.T) {
	records := []Record{{Spec: Spec{URL: "https://shop.example.com/?token=geheim"}}}
	text, err := json.Marshal(ShownSteps(records))
	if err != nil || strings.Contains(string(text), "geheim") {
		t.Errorf("%s, %v", text, err)
	}
	if !strings.Contains(records[0].Spec.URL, "geheim") {
		t.Error("the step asks what it was told to ask")
	}
}
