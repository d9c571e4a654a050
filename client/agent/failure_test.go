package agent

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/job"
	"images-uploader.com/upshot/client/uploader"
)

// cross returns err as a client gets it.
func cross(t *testing.T, err error) error {
	t.Helper()
	body, encodeErr := encode(describe(err))
	if encodeErr != nil {
		t.Fatal(encodeErr)
	}
	var f failure
	if err := decode(body, &f); err != nil {
		t.Fatal(err)
	}
	return f.restore()
}

func TestErrorsKeepTheirMeaningOverTheSocket(t *testing.T) {
	_, openErr := os.Open("/nonexistent/file")
	_, transition := job.Done.Next(job.Claim)
	for _, err := range []error{
		uploader.ErrGone,
		uploader.ErrNoAccount,
		fmt.Errorf("clipboard: %w", uploader.ErrNothing),
		fmt.Errorf("capture: %w", uploader.ErrNoRegion),
		transition,
		openErr,
		fmt.Errorf("keyring: %w", fs.ErrPermission),
		fmt.Errorf("screen: %w", errors.ErrUnsupported),
		fmt.Errorf("keyring: %w", context.DeadlineExceeded),
		errors.Join(fs.ErrNotExist, uploader.ErrNoAccount),
		errors.New("something else: «ä» \xff"),
	} {
		t.Run(strings.ToValidUTF8(err.Error(), "?"), func(t *testing.T) {
			got := cross(t, err)
			if got.Error() != err.Error() {
				t.Errorf("the text became %q", got)
			}
			for _, s := range sentinels {
				if want := errors.Is(err, s.err); errors.Is(got, s.err) != want {
					t.Errorf("errors.Is(err, %v) was %v and is no more", s.err, want)
				}
			}
		})
	}
}

func TestAClientErrorCrossesWithEveryField(t *testing.T) {
	e := new(client.Error)
	fill(rand.New(rand.NewPCG(5, 6)), reflect.ValueOf(e).Elem())
	e.Err = fmt.Errorf("open: %w", fs.ErrNotExist)

	t.Run("bare", func(t *testing.T) {
		got, ok := cross(t, e).(*client.Error) //nolint:errorlint // it must be one itself
		if !ok {
			t.Fatalf("it is no *client.Error any more")
		}
		if got.Err == nil || got.Err.Error() != e.Err.Error() || !errors.Is(got, fs.ErrNotExist) {
			t.Errorf("the cause became %v", got.Err)
		}
		same := *got
		same.Err = e.Err
		if same != *e {
			t.Errorf("got %#v, want %#v", same, *e)
		}
	})
	t.Run("without cause", func(t *testing.T) {
		plain := &client.Error{Kind: client.KindAuth, Message: "no key"}
		if got := cross(t, plain).(*client.Error); *got != *plain { //nolint:errorlint // it must be one itself
			t.Errorf("got %#v", got)
		}
	})
	t.Run("wrapped", func(t *testing.T) {
		wrapped := fmt.Errorf("check the account: %w", e)
		got := cross(t, wrapped)
		var inner *client.Error
		if got.Error() != wrapped.Error() || !errors.As(got, &inner) || inner.Limit != e.Limit || !errors.Is(got, fs.ErrNotExist) {
			t.Errorf("got %v with %#v", got, inner)
		}
	})
}

func TestEverySentinelOfTheContractCrosses(t *testing.T) {
	want := map[string]bool{}
	for _, dir := range []string{"../uploader", "../job", ".."} {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no source in %s: %v", dir, err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			for name, object := range parsed.Scope.Objects {
				if object.Kind == ast.Var && strings.HasPrefix(name, "Err") {
					want[parsed.Name.Name+"."+name] = true
				}
			}
		}
	}
	known := map[string]error{
		"uploader.ErrGone":      uploader.ErrGone,
		"uploader.ErrNoAccount": uploader.ErrNoAccount,
		"uploader.ErrNothing":   uploader.ErrNothing,
		"uploader.ErrNoRegion":  uploader.ErrNoRegion,
		"job.ErrTransition":     job.ErrTransition,
		"job.ErrFull":           job.ErrFull,
		"job.ErrReadOnly":       job.ErrReadOnly,
		"job.ErrBusy":           job.ErrBusy,
		"client.ErrURLSource":   client.ErrURLSource,
	}
	for name := range want {
		if known[name] == nil {
			t.Errorf("%s is new: add it to sentinels, and to this test", name)
		}
	}
	for name, err := range known {
		if !want[name] {
			t.Errorf("%s is not found in the source: does this test look in the right place?", name)
		}
		if got := cross(t, fmt.Errorf("wrapped: %w", err)); !errors.Is(got, err) {
			t.Errorf("%s does not cross", name)
		}
	}
}
