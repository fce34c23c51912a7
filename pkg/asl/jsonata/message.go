package jsonata

import (
	"encoding/json"
	"regexp"
	"strings"
)

var (
	placeholderRE = regexp.MustCompile(`\{\{\{?([a-zA-Z0-9]+)\}?\}\}`)
	indexRE       = regexp.MustCompile(`(?i)argument (\d+)`)
	functionRE    = regexp.MustCompile(`\$([A-Za-z]+)`)
)

// message fills jsonata's template for a code. It reports false where the
// template needs something that gnata's error does not tell; then gnata's own
// text stays.
func message(code, token string, value any, text string) (string, bool) {
	template, ok := messages[code]
	if !ok {
		return "", false
	}
	if token == "" {
		if match := functionRE.FindStringSubmatch(text); match != nil {
			token = match[1]
		}
	}
	complete := true
	filled := placeholderRE.ReplaceAllStringFunc(template, func(placeholder string) string {
		var param any
		switch name := strings.Trim(placeholder, "{}"); {
		case name == "token" && token != "":
			param = token
		case name == "value" && value != nil:
			param = value
		case name == "index" && indexRE.MatchString(text):
			param = json.Number(indexRE.FindStringSubmatch(text)[1])
		default:
			complete = false
			return placeholder
		}
		if plain, isText := param.(string); isText && strings.HasPrefix(placeholder, "{{{") {
			return plain
		}
		encoded, err := encode(param)
		if err != nil {
			complete = false
			return placeholder
		}
		return string(encoded)
	})
	return filled, complete
}
