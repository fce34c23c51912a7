package sim

import (
	"io"
	"net/http"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
)

// web is the team's own applications, which http-check steps ask: each answers as its
// step expects. Nothing of it leaves the process.
type web map[string]recovery.Spec // by URL

func webOf(steps []recovery.Record) web {
	w := web{}
	for _, s := range steps {
		if s.Node.Kind == recovery.HTTPCheck {
			w[s.Spec.URL] = s.Spec
		}
	}
	return w
}

// RoundTrip implements http.RoundTripper.
func (w web) RoundTrip(r *http.Request) (*http.Response, error) {
	status, body := http.StatusNotFound, "there is nothing here"
	if spec, known := w[r.URL.String()]; known {
		status, body = http.StatusOK, "simulated: "+spec.Contains
		if spec.Status != 0 {
			status = spec.Status
		}
	}
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"text/plain"}}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}
