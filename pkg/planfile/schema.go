package planfile

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/invopop/jsonschema"

	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// Schema is the JSON Schema of a plan file, for editors. It is made from the
// types of pkg/plan; docs/lifeboat.schema.json is this text.
func Schema() ([]byte, error) {
	reflector := jsonschema.Reflector{FieldNameTag: "yaml", RequiredFromJSONSchemaTags: true, Mapper: durations}
	schema := reflector.Reflect(&plan.Plan{})
	schema.ID = "https://github.com/lifeboat-dr/lifeboat/blob/main/docs/lifeboat.schema.json"
	schema.Title = "lifeboat.yaml"
	duration := &jsonschema.Schema{Type: "string", Pattern: `^([0-9]+d)?([0-9.]+(ns|us|µs|ms|s|m|h))*$`, Examples: []any{"90s", "60m", "1h30m", "7d"}}
	schema.Definitions["Duration"] = duration
	allowScalars(schema)
	limitTags(schema)
	deprecateFlatKeys(schema)
	nameKinds(schema, "Database", plan.KindNames(plan.Drillable))
	nameKinds(schema, "Check", plan.CheckKinds())
	nameKinds(schema, "Step", plan.StepKindNames())
	text, err := json.MarshalIndent(schema, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write the schema: %w", err)
	}
	return append(text, '\n'), nil
}

// allowScalars lets texts in maps be without quotes, as the decoder does: tags,
// PostgreSQL's settings.
func allowScalars(schema *jsonschema.Schema) {
	for _, of := range schema.Definitions {
		if of.Properties == nil {
			continue
		}
		for pair := of.Properties.Oldest(); pair != nil; pair = pair.Next() {
			if text := pair.Value.AdditionalProperties; text != nil && text.Type == "string" {
				pair.Value.AdditionalProperties = &jsonschema.Schema{AnyOf: []*jsonschema.Schema{text, {Type: "number"}, {Type: "boolean"}}}
			}
		}
	}
}

// limitTags says of tags what validation does, as far as a schema can: not that
// two differ in case only, nor what the plan's and a database's are together.
func limitTags(schema *jsonschema.Schema) {
	one, key, value, most := uint64(1), uint64(plan.MaxTagKey), uint64(plan.MaxTagValue), uint64(plan.MaxTags)
	for _, of := range []string{"Plan", "Drill", "RecoveryTarget"} {
		tags, _ := schema.Definitions[of].Properties.Get("tags")
		tags.MaxProperties = &most
		tags.PropertyNames = &jsonschema.Schema{MinLength: &one, MaxLength: &key, Pattern: plan.TagKeyPattern}
		text := tags.AdditionalProperties.AnyOf[0]
		text.MaxLength, text.Pattern = &value, plan.TagValuePattern
		if of == "Plan" {
			text.MinLength = &one // a copy may have one without a value
		}
	}
}

// deprecateFlatKeys marks what now stands in the block of its kind.
func deprecateFlatKeys(schema *jsonschema.Schema) {
	for _, kind := range plan.KindNames(plan.Drillable) {
		k := plan.KindOf(kind)
		for _, key := range k.Keys {
			holder, name := "Database", k.FlatKey(key)
			if inner, is := strings.CutPrefix(name, "drill."); is {
				holder, name = "Drill", inner
			}
			property, flat := schema.Definitions[holder].Properties.Get(name)
			if !flat { // a key of a kind that came after the flat form
				continue
			}
			block := k.Block + "." + key
			switch {
			case !property.Deprecated:
				property.Description = "Deprecated: " + block + ". " + property.Description
			default: // of two kinds
				property.Description = strings.Replace(property.Description, ". ", " or "+block+". ", 1)
			}
			property.Deprecated = true
		}
	}
}

// nameKinds lists the kinds of something that the plan knows.
func nameKinds(schema *jsonschema.Schema, of string, names []string) {
	kind, _ := schema.Definitions[of].Properties.Get("kind")
	for _, name := range names {
		kind.Enum = append(kind.Enum, name)
	}
}

// durations are texts in the file and numbers in Go only.
func durations(t reflect.Type) *jsonschema.Schema {
	if t != reflect.TypeFor[plan.Duration]() {
		return nil
	}
	return &jsonschema.Schema{Ref: "#/$defs/Duration"}
}
