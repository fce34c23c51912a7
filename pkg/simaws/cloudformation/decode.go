package cloudformation

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// unknown is the error of a property that is in no struct.
func unknown(path string) error {
	return wire.Unknown("%q is neither simulated nor ignored on purpose (pkg/simaws/cloudformation): it is misspelt, or new here", path)
}

// decode reads a resolved value into a struct whose fields are called as
// CloudFormation calls them, as CloudFormation takes it: names count in their case, numbers and booleans may be written as texts, and texts as
// numbers. What the struct has no field for is an error.
func decode(value any, into reflect.Value, path string) error {
	switch into.Interface().(type) {
	case json.RawMessage:
		text, err := json.Marshal(value)
		into.SetBytes(text)
		return err
	case time.Time:
		at, err := time.Parse(time.RFC3339, fmt.Sprint(value))
		if err != nil {
			return fmt.Errorf("%s: %v is no time", path, value)
		}
		into.Set(reflect.ValueOf(at))
		return nil
	}
	switch into.Kind() {
	case reflect.Pointer:
		into.Set(reflect.New(into.Type().Elem()))
		return decode(value, into.Elem(), path)
	case reflect.Struct:
		return decodeStruct(value, into, path)
	case reflect.Slice:
		return decodeList(value, into, path)
	case reflect.Map:
		return decodeMap(value, into, path)
	}
	return scalar(value, into, path)
}

func decodeStruct(value any, into reflect.Value, path string) error {
	object, is := value.(map[string]any)
	if !is {
		return fmt.Errorf("%s: %v is no object", path, value)
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		i := fieldOf(into.Type(), name)
		if i < 0 {
			return unknown(join(path, name))
		}
		if object[name] == nil {
			return fmt.Errorf("%s: null is no value", join(path, name))
		}
		if err := decode(object[name], into.Field(i), join(path, name)); err != nil {
			return err
		}
	}
	return nil
}

func decodeList(value any, into reflect.Value, path string) error {
	list, is := value.([]any)
	if !is {
		return fmt.Errorf("%s: %v is no list", path, value)
	}
	into.Set(reflect.MakeSlice(into.Type(), len(list), len(list)))
	for i := range list {
		if err := decode(list[i], into.Index(i), fmt.Sprintf("%s[%d]", path, i)); err != nil {
			return err
		}
	}
	return nil
}

func decodeMap(value any, into reflect.Value, path string) error {
	object, is := value.(map[string]any)
	if !is {
		return fmt.Errorf("%s: %v is no object", path, value)
	}
	into.Set(reflect.MakeMap(into.Type()))
	for name, inside := range object {
		element := reflect.New(into.Type().Elem()).Elem()
		if err := decode(inside, element, join(path, name)); err != nil {
			return err
		}
		into.SetMapIndex(reflect.ValueOf(name), element)
	}
	return nil
}

func scalar(value any, into reflect.Value, path string) error {
	text := fmt.Sprint(value)
	if f, is := value.(float64); is && f == math.Trunc(f) {
		text = strconv.FormatFloat(f, 'f', -1, 64)
	}
	switch value.(type) {
	case string, float64, bool:
	default:
		return fmt.Errorf("%s: %v is no single value", path, value)
	}
	var err error
	switch into.Kind() {
	case reflect.String:
		into.SetString(text)
	case reflect.Int:
		var n int64
		n, err = strconv.ParseInt(text, 10, 64)
		into.SetInt(n)
	case reflect.Float64:
		var f float64
		f, err = strconv.ParseFloat(text, 64)
		into.SetFloat(f)
	case reflect.Bool:
		var b bool
		b, err = strconv.ParseBool(text)
		into.SetBool(b)
	default:
		err = fmt.Errorf("a %s cannot be decoded", into.Type())
	}
	if err != nil {
		return fmt.Errorf("%s: %q is not of its type: %w", path, text, err)
	}
	return nil
}

func fieldOf(t reflect.Type, name string) int {
	for i := range t.NumField() {
		if t.Field(i).Name == name {
			return i
		}
	}
	return -1
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
