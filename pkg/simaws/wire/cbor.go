package wire

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/aws/smithy-go/encoding/cbor"
)

// CBOR is the protocol rpcv2Cbor: the operation stands in the path
// /service/<name>/operation/<operation>, both bodies are CBOR, a request may be
// compressed with gzip.
//
// A request is decoded by way of JSON, as DecodeJSON does it: a timestamp
// becomes seconds since 1970 (Epoch), and a float that JSON cannot hold becomes
// "NaN", "Infinity" or "-Infinity" (Float). In a result, nil pointers and nil
// slices are left out.
//
// https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html
type CBOR struct {
	ServiceName string // in the path: GraniteServiceVersion20100801
	Namespace   string // of error types: com.amazonaws.cloudwatch
	// QueryCodes are the codes that errors had in the query protocol, where they
	// differ: SDKs show those to their callers.
	QueryCodes map[string]string
	Operations map[string]Operation
}

const cborType = "application/cbor"

// Resolve implements Handler.
func (p CBOR) Resolve(c *Call) string {
	operation, ok := strings.CutPrefix(c.HTTP.URL.Path, "/service/"+p.ServiceName+"/operation/")
	if !ok {
		return ""
	}
	return operation
}

// Serve implements Handler.
func (p CBOR) Serve(c *Call) (Reply, error) {
	if got := c.HTTP.Header.Get("Smithy-Protocol"); got != "rpc-v2-cbor" {
		return Reply{}, Unknown("%s speaks rpc-v2-cbor, the request %q", c.Service, got)
	}
	operation, ok := p.Operations[c.Operation]
	if !ok {
		return Reply{}, Unknown("%s has no operation %q", c.Service, c.Operation)
	}
	result, err := operation(c, func(into any) error { return DecodeCBOR(c, into) })
	if err != nil {
		return Reply{}, err
	}
	body, err := appendCBOR(nil, reflect.ValueOf(result))
	if err != nil {
		return Reply{}, fmt.Errorf("%s %s: %w", c.Service, c.Operation, err)
	}
	return Reply{Header: p.header(), Body: body}, nil
}

// Fail implements Handler.
func (p CBOR) Fail(_ *Call, e *Error) Reply {
	header := p.header()
	if code, ok := p.QueryCodes[e.Code]; ok {
		fault := "Sender"
		if e.Status >= http.StatusInternalServerError {
			fault = "Receiver"
		}
		header.Set("X-Amzn-Query-Error", code+";"+fault)
	}
	body := append(cborHead(majorMap, 2), cbor.Encode(cbor.String("__type"))...)
	body = append(body, cbor.Encode(cbor.String(p.Namespace+"#"+e.Code))...)
	body = append(body, cbor.Encode(cbor.String("message"))...)
	body = append(body, cbor.Encode(cbor.String(e.Message))...)
	return Reply{Status: e.Status, Header: header, Body: body}
}

func (p CBOR) header() http.Header {
	return http.Header{"Content-Type": {cborType}, "Smithy-Protocol": {"rpc-v2-cbor"}}
}

// DecodeCBOR reads a body strictly, as DecodeJSON does.
func DecodeCBOR(c *Call, into any) error {
	plain, err := PlainCBOR(c)
	if err != nil || plain == nil {
		return err
	}
	document, err := json.Marshal(plain)
	if err != nil {
		return err
	}
	return DecodeJSON(c, document, into)
}

// PlainCBOR is a body as encoding/json would have it in a map; nil where there is
// none. It is decoded once for each call.
func PlainCBOR(c *Call) (map[string]any, error) {
	if c.plain != nil {
		return c.plain, nil
	}
	body, err := Inflate(c)
	if err != nil || len(body) == 0 {
		return nil, err
	}
	if got := c.HTTP.Header.Get("Content-Type"); got != cborType {
		return nil, Unknown("%s %s: content type %q", c.Service, c.Operation, got)
	}
	value, err := cbor.Decode(body)
	if err != nil {
		return nil, Unknown("%s %s: the body is not CBOR: %v", c.Service, c.Operation, err)
	}
	plain, err := plainValue(value)
	if err != nil {
		return nil, Unknown("%s %s: %v", c.Service, c.Operation, err)
	}
	var isMap bool
	if c.plain, isMap = plain.(map[string]any); !isMap {
		return nil, Unknown("%s %s: the body is no structure", c.Service, c.Operation)
	}
	return c.plain, nil
}

// Inflate is the body of a request as it was before the SDK compressed it.
func Inflate(c *Call) ([]byte, error) {
	switch encoding := c.HTTP.Header.Get("Content-Encoding"); encoding {
	case "":
		return c.Body, nil
	case "gzip":
		reader, err := gzip.NewReader(bytes.NewReader(c.Body))
		if err != nil {
			return nil, Unknown("%s %s: the body is not gzip: %v", c.Service, c.Operation, err)
		}
		body, err := io.ReadAll(reader)
		if err != nil {
			return nil, Unknown("%s %s: the body is not gzip: %v", c.Service, c.Operation, err)
		}
		return body, nil
	default:
		return nil, Unknown("%s %s: content encoding %q", c.Service, c.Operation, encoding)
	}
}

// plainValue turns a CBOR value into what encoding/json writes.
func plainValue(value cbor.Value) (any, error) {
	switch v := value.(type) {
	case cbor.Uint:
		return uint64(v), nil
	case cbor.NegInt:
		n, err := cbor.AsInt64(v)
		return n, err
	case cbor.String:
		return string(v), nil
	case cbor.Slice:
		return []byte(v), nil
	case cbor.Bool:
		return bool(v), nil
	case cbor.Float32:
		return Float(v), nil
	case cbor.Float64:
		return Float(v), nil
	case *cbor.Nil, *cbor.Undefined:
		return nil, nil
	case *cbor.Tag:
		if v.ID != epochTag {
			return nil, fmt.Errorf("a CBOR tag %d cannot be decoded", v.ID)
		}
		return plainValue(v.Value)
	case cbor.List:
		list := make([]any, 0, len(v))
		for _, element := range v {
			plain, err := plainValue(element)
			if err != nil {
				return nil, err
			}
			list = append(list, plain)
		}
		return list, nil
	case cbor.Map:
		members := make(map[string]any, len(v))
		for name, member := range v {
			plain, err := plainValue(member)
			if err != nil {
				return nil, fmt.Errorf("member %s: %w", name, err)
			}
			members[name] = plain
		}
		return members, nil
	}
	return nil, fmt.Errorf("a CBOR %T cannot be decoded", value)
}

// Float is a number of a request, which may be one that JSON cannot hold.
type Float float64

// MarshalJSON implements json.Marshaler.
func (f Float) MarshalJSON() ([]byte, error) {
	switch n := float64(f); {
	case math.IsNaN(n):
		return []byte(`"NaN"`), nil
	case math.IsInf(n, 1):
		return []byte(`"Infinity"`), nil
	case math.IsInf(n, -1):
		return []byte(`"-Infinity"`), nil
	default:
		return json.Marshal(n)
	}
}

// UnmarshalJSON implements json.Unmarshaler.
func (f *Float) UnmarshalJSON(data []byte) error {
	switch string(data) {
	case `"NaN"`:
		*f = Float(math.NaN())
	case `"Infinity"`:
		*f = Float(math.Inf(1))
	case `"-Infinity"`:
		*f = Float(math.Inf(-1))
	default:
		return json.Unmarshal(data, (*float64)(f))
	}
	return nil
}

// epochTag marks seconds since 1970, https://www.rfc-editor.org/rfc/rfc8949.html#section-3.4.2.
const epochTag = 1

// CBOR's major types, https://www.rfc-editor.org/rfc/rfc8949.html#section-3.1.
const (
	majorList = 4 << 5
	majorMap  = 5 << 5
)

// cborHead opens a list or a map of n elements.
func cborHead(major byte, n int) []byte {
	head := cbor.Encode(cbor.Uint(n))
	head[0] |= major
	return head
}

// appendCBOR encodes a result. It keeps the order of fields, which cbor.Map
// does not: a rehearsal repeats byte for byte.
func appendCBOR(to []byte, v reflect.Value) ([]byte, error) {
	if at, ok := v.Interface().(Epoch); ok {
		seconds := float64(time.Time(at).UnixMilli()) / 1000
		return append(to, cbor.Encode(&cbor.Tag{ID: epochTag, Value: cbor.Float64(seconds)})...), nil
	}
	switch v.Kind() {
	case reflect.Pointer:
		return appendCBOR(to, v.Elem())
	case reflect.Struct:
		return appendFields(to, v)
	case reflect.Slice:
		to = append(to, cborHead(majorList, v.Len())...)
		for i := range v.Len() {
			var err error
			if to, err = appendCBOR(to, v.Index(i)); err != nil {
				return nil, err
			}
		}
		return to, nil
	case reflect.String:
		return append(to, cbor.Encode(cbor.String(v.String()))...), nil
	case reflect.Float64:
		return append(to, cbor.Encode(cbor.Float64(v.Float()))...), nil
	case reflect.Int:
		if v.Int() < 0 {
			return append(to, cbor.Encode(cbor.NegInt(-v.Int()))...), nil
		}
		return append(to, cbor.Encode(cbor.Uint(v.Int()))...), nil
	case reflect.Bool:
		return append(to, cbor.Encode(cbor.Bool(v.Bool()))...), nil
	}
	return nil, fmt.Errorf("a %s cannot be encoded", v.Type())
}

func appendFields(to []byte, v reflect.Value) ([]byte, error) {
	var present []int
	for i := range v.NumField() {
		kind := v.Field(i).Kind()
		if (kind == reflect.Pointer || kind == reflect.Slice) && v.Field(i).IsNil() {
			continue
		}
		present = append(present, i)
	}
	to = append(to, cborHead(majorMap, len(present))...)
	for _, i := range present {
		to = append(to, cbor.Encode(cbor.String(v.Type().Field(i).Name))...)
		var err error
		if to, err = appendCBOR(to, v.Field(i)); err != nil {
			return nil, err
		}
	}
	return to, nil
}
