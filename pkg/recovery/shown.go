package recovery

import (
	"net/url"
	"slices"
)

// ShownURL is a URL as it may be told: scheme, host and path. A query often has a
// token, and nobody knows which; so does what is before the host.
func ShownURL(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return ""
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}).String()
}

// Shown is a run as it may be told: whoever has its token can end the parent's task.
func (r Run) Shown() Run {
	r.Token = ""
	return r
}

// Shown is the record of a step as it may be told.
func (r Record) Shown() Record {
	if r.Spec.URL != "" {
		r.Spec.URL = ShownURL(r.Spec.URL)
	}
	return r
}

// ShownSteps are records as they may be told.
func ShownSteps(records []Record) []Record {
	shown := slices.Clone(records)
	for i := range shown {
		shown[i] = shown[i].Shown()
	}
	return shown
}
