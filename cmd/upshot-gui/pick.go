package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	_ "image/png" // the pictures' format
	"io"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"time"

	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/gui/window"
	"images-uploader.com/upshot/gui/window/region"
	"images-uploader.com/upshot/platform/dirs"
)

// pickRegion shows the frozen pictures and prints the region that the person
// picks, as X,Y,W,H; nothing when they want none.
func pickRegion(args []string, stdout, stderr io.Writer) int {
	monitors, err := readMonitors(args)
	if err != nil {
		fmt.Fprintf(stderr, "upshot-gui --pick-region: %v\n", err)
		return exitUsage
	}
	a := newApp()
	hint, err := window.RegionHint(chosenLanguage())
	if err != nil {
		fmt.Fprintf(stderr, "upshot-gui --pick-region: %v\n", err) // it is said in English
	}
	p := region.New(region.Config{App: a, Monitors: monitors, Hint: hint, Done: func(r image.Rectangle) {
		// Not by way of the app's end: taking the windows down while an event
		// comes in can panic ("send on closed channel"), and the answer would
		// be lost. The system takes them down with the process.
		os.Exit(tellRegion(r, stdout, stderr))
	}})
	if err := bring(p); err != nil {
		fmt.Fprintln(stderr, withoutDisplay(os.Getenv))
		return exitFailed
	}
	a.Run()
	return exitOK
}

// languageWait bounds the question which language is spoken: the screen is
// frozen meanwhile.
const languageWait = 300 * time.Millisecond

// chosenLanguage asks the agent, who has started us, for the language of the
// window; without an answer it is the system's.
func chosenLanguage() string {
	ctx, cancel := context.WithTimeout(context.Background(), languageWait)
	defer cancel()
	d, err := dirs.New(dirs.Config{})
	if err != nil {
		return ""
	}
	up, _, err := newConnector(d, slog.New(slog.DiscardHandler)).dial(ctx)
	if err != nil {
		return ""
	}
	defer up.Close()
	settings, err := up.Settings(ctx, uploader.None{})
	if err != nil {
		return ""
	}
	return settings.Language
}

// tellRegion prints what was picked.
func tellRegion(picked image.Rectangle, stdout, stderr io.Writer) int {
	if picked.Empty() {
		return exitOK
	}
	_, err := fmt.Fprintf(stdout, "%d,%d,%d,%d\n", picked.Min.X, picked.Min.Y, picked.Dx(), picked.Dy())
	if err != nil {
		fmt.Fprintf(stderr, "the region cannot be told: %v\n", err)
		return exitFailed
	}
	return exitOK
}

// mostMonitors bounds what is shown.
const mostMonitors = 16

// readMonitors reads what the pictures are: X,Y,W,H=FILE each.
func readMonitors(args []string) ([]region.Monitor, error) {
	if len(args) == 0 || len(args) > mostMonitors {
		return nil, errors.New("give each monitor's place and picture, as X,Y,W,H=FILE")
	}
	var all []region.Monitor
	for _, arg := range args {
		place, path, _ := strings.Cut(arg, "=")
		at, err := parsePlace(place)
		if err != nil {
			return nil, err
		}
		picture, err := readPicture(path)
		if err != nil {
			return nil, err
		}
		all = append(all, region.Monitor{At: at, Picture: picture})
	}
	return all, nil
}

// parsePlace reads X,Y,W,H.
func parsePlace(text string) (image.Rectangle, error) {
	var n [4]int
	fields := strings.Split(text, ",")
	if len(fields) != len(n) {
		return image.Rectangle{}, fmt.Errorf("%q is not a place: X,Y,W,H", text)
	}
	for i, f := range fields {
		v, err := strconv.Atoi(f)
		if err != nil {
			return image.Rectangle{}, fmt.Errorf("%q is not a place: X,Y,W,H", text)
		}
		n[i] = v
	}
	if n[2] <= 0 || n[3] <= 0 {
		return image.Rectangle{}, fmt.Errorf("%q is not a place: it has no size", text)
	}
	return image.Rect(n[0], n[1], n[0]+n[2], n[1]+n[3]), nil
}

func readPicture(path string) (image.Image, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read a picture of the screen: %w", err)
	}
	defer f.Close()
	m, _, err := image.Decode(f)
	if err != nil {
		return nil, fmt.Errorf("read a picture of the screen: %w", err)
	}
	return m, nil
}
