package wire

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// JSON is the protocols awsJson1.0 and awsJson1.1, which differ in the content
// type only: the operation stands in the header X-Amz-Target.
type JSON struct {
	Version    string // "1.0" or "1.1"
	Operations map[string]Operation
}

// Resolve implements Handler.
func (p JSON) Resolve(c *Call) string {
	target := c.HTTP.Header.Get("X-Amz-Target")
	return target[strings.LastIndexByte(target, '.')+1:]
}

// Serve implements Handler.
func (p JSON) Serve(c *Call) (Reply, error) {
	operation, ok := p.Operations[c.Operation]
	if !ok {
		return Reply{}, Unknown("%s has no operation %q", c.Service, c.Operation)
	}
	result, err := operation(c, func(into any) error { return DecodeJSON(c, c.Body, into) })
	if err != nil {
		return Reply{}, err
	}
	body, err := json.Marshal(result)
	if err != nil {
		return Reply{}, err
	}
	return Reply{Header: p.header(), Body: body}, nil
}

// Fail implements Handler.
func (p JSON) Fail(_ *Call, e *Error) Reply {
	body := map[string]any{"__type": e.Code, "message": e.Message}
	for name, value := range e.Fields {
		body[name] = value
	}
	text, _ := json.Marshal(body) // texts and plain values always encode
	header := p.header()
	header.Set("X-Amzn-ErrorType", e.Code)
	return Reply{Status: e.Status, Header: header, Body: text}
}

func (p JSON) header() http.Header {
	return http.Header{"Content-Type": {"application/x-amz-json-" + p.Version}}
}

// DecodeJSON reads a document strictly: a member that into does not have is an
// error.
func DecodeJSON(c *Call, body []byte, into any) error {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return Unknown("%s %s: %v", c.Service, c.Operation, err)
	}
	return nil
}

// Epoch is a timestamp of the JSON protocols: seconds since 1970, with
// fractions.
type Epoch time.Time

// MarshalJSON implements json.Marshaler.
func (e Epoch) MarshalJSON() ([]byte, error) {
	return json.Marshal(float64(time.Time(e).UnixMilli()) / 1000)
}

// UnmarshalJSON implements json.Unmarshaler.
func (e *Epoch) UnmarshalJSON(data []byte) error {
	var seconds float64
	if err := json.Unmarshal(data, &seconds); err != nil {
		return err
	}
	*e = Epoch(time.UnixMilli(int64(seconds * 1000)).UTC())
	return nil
}
