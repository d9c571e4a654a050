package engine

import (
	"path/filepath"
	"testing"
)

func TestTakenFilesAreForgottenByNameAndByDirectory(t *testing.T) {
	at := filepath.FromSlash
	var taken takenFiles
	if taken.has(at("/a/one")) {
		t.Error("a file was taken before any")
	}
	taken.forget(at("/a"))
	for _, path := range []string{"/a/one", "/a/two", "/a/sub/one", "/a/sub/deep/one", "/a/subject/one"} {
		taken.add(at(path))
	}
	check := func(what string, want map[string]bool) {
		t.Helper()
		for path, want := range want {
			if got := taken.has(at(path)); got != want {
				t.Errorf("%s: %s taken: %v", what, path, got)
			}
		}
	}
	check("all", map[string]bool{"/a/one": true, "/a/three": false, "/a/sub": false, "/b/one": false, "/a/sub/deep/one": true})
	taken.forget(at("/a/one"))
	check("one file gone", map[string]bool{"/a/one": false, "/a/two": true, "/a/sub/one": true})
	taken.forget(at("/a/sub"))
	check("a directory gone", map[string]bool{"/a/two": true, "/a/sub/one": false, "/a/sub/deep/one": false, "/a/subject/one": true})
	taken.add(at("/a/one"))
	check("come again", map[string]bool{"/a/one": true})
}
