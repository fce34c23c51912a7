package jsonata

import (
	"errors"
	"reflect"
	"regexp"
	"strings"
)

// Error is an error of the language: while compiling (codes S0...) or while
// evaluating (T..., D...).
type Error struct {
	Code    string // as in jsonata 2.0.6; may be empty for an error by $error without one
	Message string // as in jsonata 2.0.6, with its parameters filled in
	Token   string // the symbol it is about, where there is one
}

func (e *Error) Error() string {
	if e.Code == "" {
		return e.Message
	}
	return e.Code + ": " + e.Message
}

var codeRE = regexp.MustCompile(`\b([STDU][0-9]{4}): ?`)

// translate gives gnata's errors the code and the text of jsonata 2.0.6.
func translate(err error) error {
	var ours *Error
	if errors.As(err, &ours) {
		return ours
	}
	text := err.Error()
	code, parameters, rest, isSyntax := syntax(text)
	if isSyntax {
		text = rest
	} else {
		var token string
		var value any
		code, token, value = parts(err)
		if match := codeRE.FindStringSubmatch(text); code == "" && match != nil {
			code = match[1]
		}
		text = strings.TrimPrefix(text, code+": ")
		code, parameters = runtime(code, token, value, text)
	}
	switch {
	case code == "D3137" && text == "an error was thrown":
		text = "$error() function evaluated"
	case code == "D3141" && text == "assertion failed":
		text = "$assert() statement failed"
	}
	if filled, ok := message(code, parameters); ok {
		text = filled
	}
	token, _ := parameters["token"].(string)
	return &Error{Code: code, Message: text, Token: token}
}

// parts reads code, token and value of gnata's error, whose type is internal.
func parts(err error) (code, token string, value any) {
	for ; err != nil; err = errors.Unwrap(err) {
		v := reflect.Indirect(reflect.ValueOf(err))
		if v.Kind() != reflect.Struct {
			continue
		}
		if f := v.FieldByName("Code"); f.Kind() == reflect.String {
			code = f.String()
		}
		if f := v.FieldByName("Token"); f.Kind() == reflect.String {
			token = f.String()
		}
		if f := v.FieldByName("Value"); f.IsValid() && f.CanInterface() {
			value = f.Interface()
		}
		if code != "" {
			return code, token, value
		}
	}
	return code, token, value
}
