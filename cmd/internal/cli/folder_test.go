package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"images-uploader.com/upshot/client/uploader"
)

func TestADryRunTellsCountSizeNewestAndWhichPicturesTellTheirPlace(t *testing.T) {
	t.Setenv("UPSHOT_HOME", t.TempDir())
	dir := t.TempDir()
	for i, name := range []string{"gps.jpg", "nofix.jpg", "gps-xyz.mov"} {
		data, err := os.ReadFile(filepath.Join("../../../watcher/testdata/located", name))
		if err != nil {
			t.Fatal(err)
		}
		path, at := filepath.Join(dir, name), time.Date(2024, 5, 1+i, 12, 0, 0, 0, time.Local)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{{"watch", "--dry-run", "--json", dir}, {"folder", "add", "--dry-run", dir}} {
		var out, said bytes.Buffer
		if code := Main(args, strings.NewReader(""), &out, &said); code != exitOK {
			t.Fatalf("%v ended with %d: %s", args, code, &said)
		}
		if n := strings.Count(out.String(), "\n"); n != 3 {
			t.Errorf("%v lists %d files:\n%s", args, n, &out)
		}
		for _, want := range []string{"3 files, ", "these would be uploaded with --existing upload; nothing was sent", "the newest is gps-xyz.mov of 2024-05-03", "2 of them tell where the picture was taken (GPS)"} {
			if !strings.Contains(said.String(), want) {
				t.Errorf("%v does not say %q:\n%s", args, want, &said)
			}
		}
		if args[0] == "watch" && strings.Count(out.String(), `"gps":true`) != 2 {
			t.Errorf("which tell their place is not told:\n%s", &out)
		}
	}
}

func TestStatesAreReadHoweverTheyAreTyped(t *testing.T) {
	for _, typed := range []string{"too large", "too-large", "Too_Large", " too-large "} {
		got, err := parseStates([]string{typed})
		if err != nil || len(got) != 1 || got[0] != uploader.FileTooLarge {
			t.Errorf("%q: %v, %v", typed, got, err)
		}
	}
	if got, err := parseStates([]string{"sent", "held"}); err != nil || len(got) != 2 {
		t.Errorf("two states: %v, %v", got, err)
	}
	if _, err := parseStates([]string{"lost"}); err == nil {
		t.Error("a state that there is not was taken")
	}
}

func TestAFolderIsFoundByItsPathOrTheLastPartOfIt(t *testing.T) {
	known := []string{"/home/ada/Pictures", "/home/ada/Shots", "/mnt/card/Shots"}
	for arg, want := range map[string]string{"Pictures": known[0], "/mnt/card/Shots": known[2], "Shots": "", "Music": "", "/home/ada": ""} {
		if got, err := oneFolder(known, arg); got != want || (err == nil) != (want != "") {
			t.Errorf("%q is %q, %v", arg, got, err)
		}
	}
}
