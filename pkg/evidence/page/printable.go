package page

import (
	"reflect"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/printable"
)

// maxTextBytes bounds any text of a document: the longest is a cause.
const maxTextBytes = 4096

// Printable makes every text in a document, or in what was made of one, fit to
// be shown: names out of a backup, reasons that quote them. It is done once where
// the document is built, and again where one is printed, which another lifeboat
// may have written. It goes through all fields by reflection, because the field
// that a list forgets is the one that matters.
func Printable[T any](v *T) { show(reflect.ValueOf(v).Elem()) }

func show(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		if v.CanSet() {
			v.SetString(printable.Text(v.String(), maxTextBytes))
		}
	case reflect.Pointer:
		if !v.IsNil() {
			show(v.Elem())
		}
	case reflect.Interface: // a figure
		if text, ok := v.Interface().(string); ok && v.CanSet() {
			v.Set(reflect.ValueOf(printable.Text(text, maxTextBytes)))
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			show(v.Index(i))
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return
		}
		for i := range v.NumField() {
			show(v.Field(i))
		}
	default:
	}
}
