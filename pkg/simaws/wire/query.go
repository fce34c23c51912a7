package wire

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Query is the protocol awsQuery: a form comes in, XML goes out.
//
// A parameter struct has one field per parameter, with the parameter's name. A
// field that may be left out is a pointer. A list is a slice whose tag names
// its members: `query:"VpcSecurityGroupId"` on VpcSecurityGroupIds takes
// VpcSecurityGroupIds.VpcSecurityGroupId.1; the default is "member".
//
// A result struct is encoded with encoding/xml, so `xml:"DBInstances>DBInstance"`
// makes a list.
type Query struct {
	Namespace  string // http://rds.amazonaws.com/doc/2014-10-31/
	Operations map[string]Operation
}

// Resolve implements Handler.
func (p Query) Resolve(c *Call) string {
	form, err := url.ParseQuery(string(c.Body))
	if err != nil {
		return ""
	}
	return form.Get("Action")
}

// Serve implements Handler.
func (p Query) Serve(c *Call) (Reply, error) {
	operation, ok := p.Operations[c.Operation]
	if !ok {
		return Reply{}, Unknown("%s has no operation %q", c.Service, c.Operation)
	}
	result, err := operation(c, func(into any) error { return decodeForm(c, into) })
	if err != nil {
		return Reply{}, err
	}
	var body bytes.Buffer
	fmt.Fprintf(&body, `<%sResponse xmlns=%q>`, c.Operation, p.Namespace)
	encoder := xml.NewEncoder(&body)
	if err := encoder.EncodeElement(result, xml.StartElement{Name: xml.Name{Local: c.Operation + "Result"}}); err != nil {
		return Reply{}, err
	}
	fmt.Fprintf(&body, `<ResponseMetadata><RequestId>%s</RequestId></ResponseMetadata></%sResponse>`, requestID, c.Operation)
	return Reply{Header: http.Header{"Content-Type": {"text/xml"}}, Body: body.Bytes()}, nil
}

// requestID is always the same: nobody tells requests apart by it here, and a
// rehearsal repeats byte for byte.
const requestID = "00000000-0000-4000-8000-000000000000"

// Fail implements Handler.
func (p Query) Fail(_ *Call, e *Error) Reply {
	kind := "Sender"
	if e.Status >= http.StatusInternalServerError {
		kind = "Receiver"
	}
	var body bytes.Buffer
	fmt.Fprintf(&body, `<ErrorResponse xmlns=%q><Error><Type>%s</Type><Code>`, p.Namespace, kind)
	_ = xml.EscapeText(&body, []byte(e.Code)) // to memory: cannot fail
	body.WriteString(`</Code><Message>`)
	_ = xml.EscapeText(&body, []byte(e.Message))
	fmt.Fprintf(&body, `</Message></Error><RequestId>%s</RequestId></ErrorResponse>`, requestID)
	return Reply{Status: e.Status, Header: http.Header{"Content-Type": {"text/xml"}}, Body: body.Bytes()}
}

func decodeForm(c *Call, into any) error {
	values, err := url.ParseQuery(string(c.Body))
	if err != nil {
		return Unknown("%s %s: the form cannot be read: %v", c.Service, c.Operation, err)
	}
	form := form{values: values, seen: map[string]bool{"Action": true, "Version": true}}
	if err := form.fill(reflect.ValueOf(into).Elem(), ""); err != nil {
		return Unknown("%s %s: %v", c.Service, c.Operation, err)
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if !form.seen[name] {
			return Unknown("%s %s: parameter %s=%q is not simulated", c.Service, c.Operation, name, values.Get(name))
		}
	}
	return nil
}

// form tracks which parameters somebody has read.
type form struct {
	values url.Values
	seen   map[string]bool
}

func (f form) has(prefix string) bool {
	for name := range f.values {
		if name == prefix || strings.HasPrefix(name, prefix+".") {
			return true
		}
	}
	return false
}

func (f form) fill(v reflect.Value, prefix string) error {
	t := v.Type()
	for i := range t.NumField() {
		field := t.Field(i)
		if field.Anonymous {
			if err := f.fill(v.Field(i), prefix); err != nil {
				return err
			}
			continue
		}
		if err := f.value(v.Field(i), prefix+field.Name, field.Tag.Get("query")); err != nil {
			return err
		}
	}
	return nil
}

func (f form) value(v reflect.Value, name, member string) error {
	if !f.has(name) {
		return nil
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return f.value(v.Elem(), name, member)
	case reflect.Struct:
		if _, isTime := v.Interface().(time.Time); !isTime {
			return f.fill(v, name+".")
		}
	case reflect.Slice:
		if member == "" {
			member = "member"
		}
		f.seen[name] = true // an empty list is sent as name=
		for i := 1; f.has(fmt.Sprintf("%s.%s.%d", name, member, i)); i++ {
			element := reflect.New(v.Type().Elem()).Elem()
			if err := f.value(element, fmt.Sprintf("%s.%s.%d", name, member, i), ""); err != nil {
				return err
			}
			v.Set(reflect.Append(v, element))
		}
		return nil
	}
	f.seen[name] = true
	return scalar(v, name, f.values.Get(name))
}

func scalar(v reflect.Value, name, text string) error {
	var err error
	switch v.Interface().(type) {
	case string:
		v.SetString(text)
	case bool:
		var b bool
		b, err = strconv.ParseBool(text)
		v.SetBool(b)
	case int, int64:
		var n int64
		n, err = strconv.ParseInt(text, 10, 64)
		v.SetInt(n)
	case time.Time:
		var t time.Time
		t, err = time.Parse(time.RFC3339, text)
		v.Set(reflect.ValueOf(t))
	default:
		return fmt.Errorf("parameter %s: a %s cannot be decoded", name, v.Type())
	}
	if err != nil {
		return fmt.Errorf("parameter %s=%q: %w", name, text, err)
	}
	return nil
}
