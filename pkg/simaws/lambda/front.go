package lambda

import (
	"bytes"
	"context"
	"io"
	"net/http"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// Front is the way to the cloud of a person who invokes functions that call the
// cloud themselves, which no Function may: the cloud answers first, and so says
// whether the call is allowed. Where it knows no such function, Run has it.
type Front struct {
	Cloud http.RoundTripper
	// Run runs a function by its name or ARN, outside of the cloud. Not there: ok is
	// false. A functionError is as that of a Function.
	Run func(ctx context.Context, function string, payload []byte) (result []byte, functionError string, ok bool)
}

// RoundTrip implements http.RoundTripper.
func (f Front) RoundTrip(r *http.Request) (*http.Response, error) {
	path := wire.Segments(r)
	if r.Method != http.MethodPost || len(path) != 4 || path[0] != "2015-03-31" || path[3] != "invocations" || r.Body == nil {
		return f.Cloud.RoundTrip(r)
	}
	payload, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	asked := r.Clone(r.Context())
	asked.Body = io.NopCloser(bytes.NewReader(payload))
	answer, err := f.Cloud.RoundTrip(asked)
	if err != nil || answer.StatusCode != http.StatusNotFound {
		return answer, err
	}
	result, functionError, ok := f.Run(r.Context(), path[2], payload)
	if !ok {
		return answer, nil
	}
	_ = answer.Body.Close()
	answer.StatusCode, answer.Status, answer.Header = http.StatusOK, "200 OK", http.Header{"Content-Type": {"application/json"}}
	if functionError != "" {
		answer.Header.Set("X-Amz-Function-Error", functionError)
	}
	answer.Body, answer.ContentLength = io.NopCloser(bytes.NewReader(result)), int64(len(result))
	return answer, nil
}
