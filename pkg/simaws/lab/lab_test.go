package lab_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/lab"
)

// The names under which requests are signed, where that is not the name of the
// package that models the service.
var signed = map[string]string{"cloudwatch": "monitoring", "eventbridge": "events", "sfn": "states", "stacks": "cloudformation"}

// onlyWithExecutions has what is served where something runs behind it.
var onlyWithExecutions = []string{"sfn"}

// Every service that is modelled is in the cloud: one that somebody models and
// forgets here would be missing in every rehearsal.
func TestEveryModelIsServed(t *testing.T) {
	models, err := filepath.Glob("../*/service.go")
	if err != nil || len(models) < 10 {
		t.Fatalf("%d models, %v", len(models), err)
	}
	cloud := lab.New(lab.Options{Options: simaws.Options{Clock: clock.NewVirtual(time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC))}})
	for _, file := range models {
		name := filepath.Base(filepath.Dir(file))
		service := name
		if signed[name] != "" {
			service = signed[name]
		}
		missing := strings.Contains(answer(t, cloud, service), "service "+service+" is not simulated")
		if missing != slices.Contains(onlyWithExecutions, name) {
			t.Errorf("%s, signed as %s: not served %t", name, service, missing)
		}
	}
}

func answer(t *testing.T, cloud http.Handler, service string) string {
	t.Helper()
	r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "https://aws.example/", http.NoBody)
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+simaws.AccessKey("111122223333", "test")+"/20261102/eu-central-1/"+service+"/aws4_request, Signature=none")
	w := httptest.NewRecorder()
	cloud.ServeHTTP(w, r)
	return w.Body.String()
}

// Nothing but the lab ties services together: see .golangci.yml.
func TestServicesAreFoundByTheirFile(t *testing.T) {
	folders, err := os.ReadDir("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range folders {
		if !f.IsDir() || slices.Contains([]string{"lab", "wire", "events", "onbehalf", "authz", "network", "cloudformation", "timetable", "redelivery"}, f.Name()) {
			continue
		}
		if _, err := os.Stat(filepath.Join("..", f.Name(), "service.go")); err != nil {
			t.Errorf("%s has no service.go, by which a service is known: %v", f.Name(), err)
		}
	}
}
