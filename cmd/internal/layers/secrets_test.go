package layers

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// doors are the directories in which an API key or a delete link may leave
// its type: the request, the socket of the same person, the database (delete
// links only), the way to the keyring.
var doors = []string{"client", "client/agent", "client/queue", "cmd/internal/wire"}

// reveals are the places in a file where Reveal is called or taken.
func reveals(t *testing.T, path string, source any) []token.Position {
	t.Helper()
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, source, 0)
	if err != nil {
		t.Fatal(err)
	}
	var found []token.Position
	ast.Inspect(file, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok && s.Sel.Name == "Reveal" {
			found = append(found, files.Position(s.Sel.Pos()))
		}
		return true
	})
	return found
}

func TestSecretsLeaveTheirTypeOnlyAtTheDoors(t *testing.T) {
	top := root(t)
	atDoors := 0
	err := filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(top, path)
		if err != nil {
			return err
		}
		switch {
		case d.IsDir() && strings.HasPrefix(d.Name(), ".") && path != top:
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		found := reveals(t, path, nil)
		dir := filepath.ToSlash(filepath.Dir(name))
		for _, door := range doors {
			if dir == door {
				atDoors += len(found)
				return nil
			}
		}
		for _, at := range found {
			t.Errorf("%s: Reveal outside of %s", at, strings.Join(doors, ", "))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if atDoors == 0 {
		t.Error("nothing reveals a key anywhere: this test looks for the wrong name")
	}
}

func TestARevealIsFoundHoweverItIsWritten(t *testing.T) {
	source := `package p
func f(k interface{ Reveal() string }) { g := k.Reveal; _ = g; _ = (k).Reveal() }`
	if n := len(reveals(t, "p.go", source)); n != 2 {
		t.Errorf("found %d of 2", n)
	}
}
