package jsonata

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
)

var placeholderRE = regexp.MustCompile(`\{\{\{?([a-zA-Z0-9]+)\}?\}\}`)

// message fills jsonata's template for a code. It reports false where the
// template needs something that gnata's error does not tell; then gnata's own
// text stays.
func message(code string, parameters map[string]any) (string, bool) {
	template, ok := messages[code]
	if !ok {
		return "", false
	}
	complete := true
	filled := placeholderRE.ReplaceAllStringFunc(template, func(placeholder string) string {
		parameter := parameters[strings.Trim(placeholder, "{}")]
		if parameter == nil {
			complete = false
			return placeholder
		}
		if plain, isText := parameter.(string); isText && strings.HasPrefix(placeholder, "{{{") {
			return plain
		}
		encoded, err := encode(parameter)
		if err != nil {
			complete = false
			return placeholder
		}
		return string(encoded)
	})
	return filled, complete
}

var (
	syntaxRE   = regexp.MustCompile(`^JSONata error (S[0-9]{4}) at token "(.*?)": (.*)$`)
	plainRE    = regexp.MustCompile(`^JSONata error (S[0-9]{4}): (.*)$`)
	operatorRE = regexp.MustCompile(`the "([^"]+)" operator`)
	functionRE = regexp.MustCompile(`^\$([A-Za-z0-9]+): `)
	missingRE  = regexp.MustCompile(`^\$([A-Za-z0-9]+): (?:requires (?:at least )?(\d)|argument is required)`)
	indexRE    = regexp.MustCompile(`(?i)^argument (\d+)`)
	quotedRE   = regexp.MustCompile(`"([^"]*)"|'([^']*)'`)
	expectedRE = regexp.MustCompile(`^expected (?:, or (.)|token (\d+))`)
)

// syntax reads gnata's errors of the parser, which tell code and token in
// their text only, and corrects the code where jsonata has a finer one: it
// tells the end of the expression from a wrong token.
func syntax(text string) (code string, parameters map[string]any, rest string, ok bool) {
	parameters = map[string]any{}
	match := syntaxRE.FindStringSubmatch(text)
	if match == nil {
		if match = plainRE.FindStringSubmatch(text); match == nil {
			return "", nil, "", false
		}
		return match[1], escape(match[2]), match[2], true
	}
	code, token, rest := match[1], match[2], match[3]
	atEnd := token == "" || token == "EOF"
	expected := ""
	if e := expectedRE.FindStringSubmatch(rest); e != nil {
		expected = e[1] + closing[e[2]]
	}
	switch {
	case atEnd && expected != "":
		code, parameters["value"] = "S0203", expected
	case atEnd && code == "S0201":
		code = "S0207"
	case code == "S0202" && expected != "":
		parameters["value"], parameters["token"] = expected, tokenValue(token)
	case code == "S0214":
		if fields := strings.Fields(rest); len(fields) > 1 {
			parameters["token"] = fields[1] // "the @ operator ..."
		}
	case !atEnd:
		parameters["token"] = tokenValue(token)
	}
	return code, parameters, rest, true
}

// closing are the numbers of gnata's tokens that its texts name.
var closing = map[string]string{"9": "]", "10": "{", "11": "}", "12": "(", "13": ")", "18": ":", "25": "|"}

// tokenValue: jsonata shows a number as a number.
func tokenValue(token string) any {
	if _, err := strconv.ParseFloat(token, 64); err == nil {
		return json.Number(token)
	}
	return token
}

// escape finds the letter of "invalid escape sequence: \q".
func escape(text string) map[string]any {
	if _, letter, ok := strings.Cut(text, `\`); ok {
		return map[string]any{"token": letter}
	}
	return map[string]any{}
}

// runtime reads what gnata's errors of the evaluation tell in their text.
func runtime(code, token string, value any, text string) (string, map[string]any) {
	parameters := map[string]any{}
	if token != "" {
		parameters["token"] = token
	}
	if value != nil {
		parameters["value"] = value
	}
	if match := operatorRE.FindStringSubmatch(text); match != nil {
		parameters["token"] = match[1]
		if code == "T2001" && strings.HasPrefix(text, "the right operand") {
			code = "T2002"
		}
	}
	if match := missingRE.FindStringSubmatch(text); match != nil && code == "D3006" {
		code, parameters["token"] = "T0410", match[1]
		parameters["index"] = json.Number("1")
		if match[2] != "" {
			parameters["index"] = json.Number(match[2])
		}
		return code, parameters
	}
	switch code {
	case "T0410", "T0412":
		if match := functionRE.FindStringSubmatch(text); match != nil {
			parameters["token"], parameters["index"] = match[1], json.Number("1")
		}
		if match := indexRE.FindStringSubmatch(text); match != nil {
			parameters["index"] = json.Number(match[1])
		}
		parameters["type"] = elementType[parameters["token"]]
		if parameters["type"] == "" {
			delete(parameters, "type")
		}
	case "T1005":
		if _, name, ok := strings.Cut(text, "no definition: "); ok {
			parameters["token"] = name
		}
	case "D1009", "D3030", "D3110":
		if match := quotedRE.FindStringSubmatch(text); match != nil && value == nil {
			parameters["value"] = match[1] + match[2]
		}
	}
	return code, parameters
}

// elementType is the type that a function's array must hold.
var elementType = map[any]string{
	"sum": "numbers", "max": "numbers", "min": "numbers", "average": "numbers", "join": "strings", "merge": "objects",
}
