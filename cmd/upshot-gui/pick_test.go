package main

import (
	"image"
	"image/png"
	"os"
	"path/filepath"
	"testing"
)

func TestTheFrozenPicturesAreReadFromTheCommandLine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a=b.part")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(f, image.NewNRGBA(image.Rect(0, 0, 30, 20))); err != nil {
		t.Fatal(err)
	}
	f.Close()
	all, err := readMonitors([]string{"-30,5,30,20=" + path})
	if err != nil || len(all) != 1 || all[0].At != image.Rect(-30, 5, 0, 25) || all[0].Picture.Bounds().Dx() != 30 {
		t.Errorf("read %+v, %v", all, err)
	}
	for name, args := range map[string][]string{
		"nothing":                 nil,
		"no place":                {path},
		"a place without a size":  {"0,0,0,20=" + path},
		"three numbers":           {"0,0,20=" + path},
		"a file that is not":      {"0,0,30,20=/does/not/exist"},
		"a file of another kind":  {"0,0,30,20=pick.go"},
		"more monitors than real": make([]string, mostMonitors+1),
	} {
		t.Run(name, func(t *testing.T) {
			if all, err := readMonitors(args); err == nil {
				t.Errorf("read %+v", all)
			}
		})
	}
}
