package agent

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/uploader"
)

// types of a row, for tests.
func (m method[Req, Resp]) types() (req, resp reflect.Type) {
	return reflect.TypeFor[Req](), reflect.TypeFor[Resp]()
}

func TestEveryMethodOfTheContractIsInTheTableOnce(t *testing.T) {
	contract := reflect.TypeFor[uploader.Uploader]()
	rows := make(map[string]served)
	for _, m := range methods() {
		if _, ok := contract.MethodByName(m.title()); !ok {
			t.Errorf("%s is in the table but not in the contract", m.title())
		}
		if rows[m.title()] != nil {
			t.Errorf("%s is in the table twice", m.title())
		}
		rows[m.title()] = m
	}
	for m := range contract.Methods() {
		row := rows[m.Name]
		if row == nil {
			t.Errorf("%s is in the contract but not in the table", m.Name)
			continue
		}
		req, resp := row.(interface {
			types() (req, resp reflect.Type)
		}).types()
		if m.Type.In(1) != req || m.Type.Out(0) != resp {
			t.Errorf("%s is %v in the contract, but the table has another method's types %v, %v", m.Name, m.Type, req, resp)
		}
	}
}

// secrets lets cmp compare keys and delete links.
var secrets = cmp.Options{
	cmp.Comparer(func(a, b client.Key) bool { return a == b }),
	cmp.Comparer(func(a, b client.DeleteLink) bool { return a == b }),
}

func TestEveryRequestAndResponseCrossesWhole(t *testing.T) {
	type asked struct {
		method string
		req    any
	}
	var got asked
	var answer any
	e := serve(t, fake{do: func(_ context.Context, method string, req any) (any, error) {
		got = asked{method, req}
		return answer, nil
	}}, ServeConfig{})
	c := connect(t, e)
	random := rand.New(rand.NewPCG(1, 2))

	for m := range reflect.TypeFor[uploader.Uploader]().Methods() {
		t.Run(m.Name, func(t *testing.T) {
			req, resp := reflect.New(m.Type.In(1)).Elem(), reflect.New(m.Type.Out(0)).Elem()
			fill(random, req)
			fill(random, resp)
			answer = resp.Interface()

			out := reflect.ValueOf(c).MethodByName(m.Name).Call([]reflect.Value{reflect.ValueOf(t.Context()), req})
			if err := out[1].Interface(); err != nil {
				t.Fatalf("failed: %v", err)
			}
			if got.method != m.Name {
				t.Errorf("the engine was asked to %s", got.method)
			}
			if diff := cmp.Diff(req.Interface(), got.req, secrets); diff != "" {
				t.Errorf("the engine got another request (-sent +got):\n%s", diff)
			}
			want := resp
			if m.Name != "DeleteLink" { // which is asked for it by name
				want, _ = withoutDeleteLinks(resp)
			}
			if diff := cmp.Diff(want.Interface(), out[0].Interface(), secrets); diff != "" {
				t.Errorf("the client got another response (-sent +got):\n%s", diff)
			}
		})
	}
}

// withoutDeleteLinks is what may cross of a response; the second result says
// whether there was one.
func withoutDeleteLinks(v reflect.Value) (reflect.Value, bool) {
	out := reflect.New(v.Type()).Elem()
	out.Set(v)
	had := false
	walk(out, func(at reflect.Value) {
		if at.Type() == reflect.TypeFor[client.DeleteLink]() {
			had = had || !at.IsZero()
			at.SetZero()
		}
	})
	return out, had
}

// walk shows visit everything in v, by reference.
func walk(v reflect.Value, visit func(reflect.Value)) {
	visit(v)
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			walk(v.Elem(), visit)
		}
	case reflect.Slice:
		for i := range v.Len() {
			walk(v.Index(i), visit)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				walk(v.Field(i), visit)
			}
		}
	}
}

func TestEveryKeyInARequestHasItsSlot(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	found := 0
	for m := range reflect.TypeFor[uploader.Uploader]().Methods() {
		req := reflect.New(m.Type.In(1))
		fill(random, req.Elem())
		walk(req.Elem(), func(at reflect.Value) {
			if at.Type() != reflect.TypeFor[client.Key]() {
				return
			}
			found++
			if slot := keySlot(req.Interface()); any(slot) != at.Addr().Interface() {
				t.Errorf("the key in the request of %s is not found by keySlot", m.Name)
			}
		})
		resp := reflect.New(m.Type.Out(0)).Elem()
		fill(random, resp)
		walk(resp, func(at reflect.Value) {
			if at.Type() == reflect.TypeFor[client.Key]() {
				t.Errorf("the response of %s holds a key", m.Name)
			}
		})
	}
	if want := 7; found != want { // Submit, SubmitClipboard, Capture, Steer, Lend, Check, AddAccount
		t.Errorf("found %d keys in requests, want %d: does walk see them?", found, want)
	}
}

func ExampleDial() {
	// In a program, Dial opens the socket that engine.json names.
	_, _, err := Dial(context.Background(), DialConfig{Dial: (&engine{path: "/nonexistent/socket"}).dial})
	fmt.Println(err)
	// Output: the engine has gone: dial unix /nonexistent/socket: connect: no such file or directory
}
