package agent

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"time"

	"images-uploader.com/upshot/client"
)

// fill sets everything in v to something that is not zero, keys included.
func fill(r *rand.Rand, v reflect.Value) {
	switch at := v.Addr().Interface().(type) {
	case *time.Time:
		*at = time.Unix(1_700_000_000+r.Int64N(1e8), r.Int64N(1e9)).UTC()
		return
	case *client.Key:
		*at = client.NewKey(fmt.Sprintf("chv_%x \xff\n", r.Uint64()))
		return
	case *client.DeleteLink:
		*at = client.NewDeleteLink(fmt.Sprintf("https://host.example/delete/%x", r.Uint64()))
		return
	case *json.RawMessage:
		*at = json.RawMessage(fmt.Sprintf(`{"id_encoded":"%x","title":"<&>"}`, r.Uint64()))
		return
	case *error:
		*at = fmt.Errorf("cause %d", r.Uint64())
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(1 + r.Int64N(1<<40))
	case reflect.Uint8:
		v.SetUint(uint64(1 + r.IntN(255)))
	case reflect.Uint64:
		v.SetUint(1 + r.Uint64N(1<<60))
	case reflect.String:
		v.SetString(fmt.Sprintf("/ä \x00 %c %x", []rune("x<&>\u2028")[r.IntN(5)], r.Uint64()))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(r, v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			fill(r, v.Index(i))
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range 2 {
			key, elem := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			fill(r, key)
			fill(r, elem)
			v.SetMapIndex(key, elem)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fill(r, v.Field(i))
		}
	default:
		panic("fill knows no " + v.Type().String())
	}
}
