package recoverystep

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
)

const (
	// httpRequest is how long one request may take.
	httpRequest = 10 * time.Second
	// httpBody is how much of an answer is looked at.
	httpBody = 64 << 10
)

// WorkHTTPCheck asks a URL until the answer is as expected, or the step's time is
// up: an application that has just got its database back may need a while. It
// follows redirects, but where one is what is expected. An answer that breaks off is
// none, but where what was looked for had come before. Of the answer nothing but its
// status is kept, of the URL no query, and nothing of where a redirect led: each may
// hold what is nobody's business.
type WorkHTTPCheck struct {
	Transport http.RoundTripper // nil: http.DefaultTransport
	Every     time.Duration     // between two looks; 0: 5 s
}

// Do implements Work. Errors: HTTPCheckFailed.
func (w WorkHTTPCheck) Do(ctx context.Context, job Job) (Progress, error) {
	spec := job.Step.Spec
	shown := recovery.ShownURL(spec.URL)
	if shown == "" {
		return Progress{}, &drill.Error{Name: drill.InvalidInput, What: "step " + job.Step.Node.ID + ": its URL is none", Hint: "see `url` of the step in lifeboat.yaml"}
	}
	subject := "GET " + shown
	within := httpRequest
	if end := job.endsAt(); !end.IsZero() { // no answer counts after it; a look at the end still is one
		within = min(within, max(end.Sub(job.Now), time.Second))
	}
	status, trouble := w.ask(ctx, spec, within)
	if trouble == "" {
		return doneWith(recovery.Result{Says: fmt.Sprintf("%s answered %d", subject, status)})
	}
	next := job.Now.Add(cmp.Or(w.Every, 5*time.Second))
	if end := job.endsAt(); !end.IsZero() && !next.Before(end) {
		return Progress{}, &drill.Error{
			Name: drill.HTTPCheckFailed, What: fmt.Sprintf("%s: %s, for %s", subject, trouble, drill.Seconds(spec.TimeoutSeconds)),
			Hint: "look at the application behind it, then retry the step",
		}
	}
	return againAt(struct{}{}, next, &recovery.Result{Says: subject + ": " + trouble})
}

// ask puts one request: what is wrong with the answer; "": nothing.
func (w WorkHTTPCheck) ask(ctx context.Context, spec recovery.Spec, within time.Duration) (status int, trouble string) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, spec.URL, http.NoBody)
	if err != nil {
		return 0, "it is no URL that can be asked"
	}
	request.Header.Set("User-Agent", "lifeboat")
	client := http.Client{Transport: w.Transport}
	if spec.Status >= 300 && spec.Status < 400 {
		client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	}
	response, err := client.Do(request)
	if err != nil {
		return 0, noAnswer(err, request.URL, within)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, httpBody))
	switch {
	case spec.Status != 0 && response.StatusCode != spec.Status:
		return response.StatusCode, fmt.Sprintf("it answered %d, expected %d", response.StatusCode, spec.Status)
	case spec.Status == 0 && (response.StatusCode < 200 || response.StatusCode > 299):
		return response.StatusCode, fmt.Sprintf("it answered %d, expected 200 to 299", response.StatusCode)
	case spec.Contains != "" && bytes.Contains(body, []byte(spec.Contains)):
		return response.StatusCode, ""
	case err != nil:
		return response.StatusCode, fmt.Sprintf("it answered %d, and broke off", response.StatusCode)
	case spec.Contains == "":
		return response.StatusCode, ""
	}
	return response.StatusCode, fmt.Sprintf("it answered %d, without %q in the first %d KiB", response.StatusCode, spec.Contains, httpBody>>10)
}

// noAnswer is why there was none, without the URL, which the error quotes whole. What
// net/http quotes of an answer, a redirect's place or a line that is not HTTP, is not
// told: only what the network and TLS say.
func noAnswer(err error, asked *url.URL, within time.Duration) string {
	var wrapped *url.Error
	if !errors.As(err, &wrapped) {
		return "no answer"
	}
	var network net.Error
	var certificate *tls.CertificateVerificationError
	var notTLS tls.RecordHeaderError
	switch {
	case wrapped.Timeout():
		return fmt.Sprintf("no answer within %s", within)
	case wrapped.URL != asked.String():
		return "no answer where it redirects to"
	case errors.As(wrapped.Err, &network), errors.As(wrapped.Err, &certificate), errors.As(wrapped.Err, &notTLS),
		errors.Is(wrapped.Err, http.ErrSchemeMismatch), errors.Is(wrapped.Err, io.EOF):
		return "no answer: " + wrapped.Err.Error()
	}
	return "what it answered is no HTTP that can be read, or redirects to no URL"
}
