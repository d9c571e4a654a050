package job_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	. "images-uploader.com/upshot/client/job"
)

// lives is the table of DESIGN.md, "States of a job", written out by hand:
// a line a state, a column an event, - where nothing follows.
const lives = `
          claim    hold  release  due     uncertain  succeed  retry    shut    fail    changed  stopped  cancel    again
queued    sending  held  -        -       -          done     -        -       failed  -        -        canceled  -
held      -        -     queued   -       -          -        -        -       -       -        -        canceled  -
sending   -        held  -        -       held       done     waiting  queued  failed  queued   queued   canceled  -
waiting   -        held  -        queued  -          -        -        -       -       -        -        canceled  -
done      -        -     -        -       -          -        -        -       -       -        -        -         -
failed    -        -     -        -       -          -        -        -       -       -        -        -         queued
canceled  -        -     -        -       -          -        -        -       -       -        -        -         queued
`

func TestEveryEventLeadsFromEveryStateWhereTheTableSays(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(lives), "\n")
	events := strings.Fields(lines[0])
	if len(events) != len(Events()) {
		t.Fatalf("the table has %d events, the package %d", len(events), len(Events()))
	}
	if len(lines)-1 != len(States()) {
		t.Fatalf("the table has %d states, the package %d", len(lines)-1, len(States()))
	}
	for _, line := range lines[1:] {
		cells := strings.Fields(line)
		from := State(cells[0])
		if !slices.Contains(States(), from) {
			t.Fatalf("the package does not know state %q", from)
		}
		for i, want := range cells[1:] {
			on := Event(events[i])
			if !slices.Contains(Events(), on) {
				t.Fatalf("the package does not know event %q", on)
			}
			t.Run(string(from)+" on "+string(on), func(t *testing.T) {
				got, err := from.Next(on)
				if want == "-" {
					if !errors.Is(err, ErrTransition) {
						t.Errorf("leads to %q with %v, want ErrTransition", got, err)
					}
					if got != from {
						t.Errorf("refused, but the state is %q", got)
					}
					return
				}
				if err != nil || got != State(want) {
					t.Errorf("leads to %q with %v, want %q", got, err, want)
				}
			})
		}
	}
}

func TestUnknownStatesAndEventsLeadNowhere(t *testing.T) {
	for _, s := range append(States(), "", "asleep") {
		if _, err := s.Next("explode"); !errors.Is(err, ErrTransition) {
			t.Errorf("%q on an unknown event: %v", s, err)
		}
	}
	for _, e := range Events() {
		if _, err := State("").Next(e); !errors.Is(err, ErrTransition) {
			t.Errorf("no state on %q: %v", e, err)
		}
	}
}

func TestAnOpenStateHasSomethingBeforeIt(t *testing.T) {
	want := map[State]bool{
		Queued: true, Held: true, Sending: true, Waiting: true,
		Done: false, Failed: false, Canceled: false, "": false, "asleep": false,
	}
	for s, open := range want {
		if s.Open() != open {
			t.Errorf("%q.Open() = %v", s, s.Open())
		}
	}
	for _, s := range States() {
		if _, err := s.Next(Cancel); s.Open() != (err == nil) {
			t.Errorf("%q: open is %v, cancel says %v", s, s.Open(), err)
		}
	}
}

func TestEveryOpenStateCanStillEndWell(t *testing.T) {
	reached := map[State]bool{Done: true}
	for range States() {
		for _, s := range States() {
			for _, e := range Events() {
				if to, err := s.Next(e); err == nil && reached[to] {
					reached[s] = true
				}
			}
		}
	}
	for _, s := range States() {
		if !reached[s] {
			t.Errorf("no way leads from %q to done", s)
		}
	}
}
