package wire

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
)

// The parts of the protocol restJson1 that services share. Which path is which
// operation each says itself.

// Segments splits the path of a request at its slashes, and decodes each part:
// an ARN in a path keeps its own slashes. A path that ends with a slash is the
// same as one that does not.
func Segments(r *http.Request) []string {
	parts := strings.Split(strings.Trim(r.URL.EscapedPath(), "/"), "/")
	for i := range parts {
		if plain, err := url.PathUnescape(parts[i]); err == nil { // net/http has parsed the path: it is well-formed
			parts[i] = plain
		}
	}
	return parts
}

// RESTReply encodes a result.
func RESTReply(result any) (Reply, error) {
	body, err := json.Marshal(result)
	if err != nil {
		return Reply{}, err
	}
	return Reply{Header: http.Header{"Content-Type": {"application/json"}}, Body: body}, nil
}

// RESTFail encodes an error. Services differ in the name of the message's
// member: message or Message.
func RESTFail(e *Error, member string) Reply {
	body := map[string]any{member: e.Message}
	for name, value := range e.Fields {
		body[name] = value
	}
	text, _ := json.Marshal(body) // texts and plain values always encode
	return Reply{Status: e.Status, Header: http.Header{"Content-Type": {"application/json"}, "X-Amzn-Errortype": {e.Code}}, Body: text}
}
