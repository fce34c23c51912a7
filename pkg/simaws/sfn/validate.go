package sfn

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/lifeboat-dr/lifeboat/pkg/asl"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// Diagnostic is one thing that validation finds in a definition.
type Diagnostic struct {
	Severity string `json:"severity"` // "ERROR", "WARNING"
	Code     string `json:"code"`
	Message  string `json:"message"`
	Location string `json:"location,omitempty"`
}

type validateIn struct {
	Definition string
	Severity   string
	Type       string
	MaxResults int
}

type validateOut struct {
	Result      string       `json:"result"` // "OK", "FAIL"
	Diagnostics []Diagnostic `json:"diagnostics"`
	Truncated   bool         `json:"truncated"`
}

// maxDiagnostics of one answer; there are no pages, only word of more.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinition.html
const maxDiagnostics = 100

// validate says what would keep a machine of this definition from being made:
// what the engine's loader does, which knows the whole language but warnings.
func (s *Service) validate(_ *wire.Call, in validateIn) (validateOut, error) {
	switch {
	case in.Definition == "" || len(in.Definition) > maxDefinition:
		return validateOut{}, invalid("1 validation error detected: Value at 'definition' failed to satisfy constraint: Member must have length between 1 and %d", maxDefinition)
	case !utf8.ValidString(in.Definition) || !slices.Contains([]string{"", "ERROR", "WARNING"}, in.Severity) || !slices.Contains([]string{"", "STANDARD", "EXPRESS"}, in.Type):
		return validateOut{}, invalid("1 validation error detected: Value at 'severity' or 'type' failed to satisfy constraint")
	case in.MaxResults < 0 || in.MaxResults > maxDiagnostics:
		return validateOut{}, invalid("1 validation error detected: Value '%d' at 'maxResults' failed to satisfy constraint: Member must have value between 0 and %d", in.MaxResults, maxDiagnostics)
	}
	out := validateOut{Result: "OK", Diagnostics: []Diagnostic{}}
	most := maxDiagnostics
	if in.MaxResults > 0 {
		most = in.MaxResults
	}
	found := diagnose(in.Definition)
	if s.Diagnose != nil {
		found = append(found, s.Diagnose(in.Definition)...)
	}
	for _, d := range found {
		if d.Severity == "ERROR" {
			out.Result = "FAIL"
		}
		if d.Severity == "ERROR" || in.Severity == "WARNING" {
			out.Diagnostics = append(out.Diagnostics, d)
		}
	}
	if out.Truncated = len(out.Diagnostics) > most; out.Truncated {
		out.Diagnostics = out.Diagnostics[:most]
	}
	return out, nil
}

// diagnose gives the loader's problems AWS's codes.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinitionDiagnostic.html
func diagnose(definition string) (list []Diagnostic) {
	if !json.Valid([]byte(definition)) {
		return []Diagnostic{{Severity: "ERROR", Code: "INVALID_JSON_DESCRIPTION", Message: "The definition is not a JSON document"}}
	}
	_, err := asl.Load([]byte(definition))
	var load *asl.LoadError
	if !errors.As(err, &load) {
		return nil
	}
	for _, p := range load.Problems {
		list = append(list, Diagnostic{Severity: "ERROR", Code: "SCHEMA_VALIDATION_FAILED", Message: p.What, Location: "/" + strings.ReplaceAll(p.Path, ".", "/")})
	}
	return list
}
