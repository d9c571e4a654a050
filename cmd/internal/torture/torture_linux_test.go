package torture

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"images-uploader.com/upshot/client/chevtest"
	"images-uploader.com/upshot/platform/platformtest"
)

// Rounds and seed come from the environment: 500 rounds in the bench target,
// and a seed that a failure has told. A seed repeats what is chosen, not what
// the machine makes of it.
const (
	envRounds = "TORTURE_ROUNDS"
	envSeed   = "TORTURE_SEED"
)

func rounds(t *testing.T, otherwise, short int) int {
	t.Helper()
	text := os.Getenv(envRounds)
	if text == "" {
		if testing.Short() {
			return short
		}
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s=%q is no number of rounds", envRounds, text)
	}
	return max(n*otherwise/wholeRounds, 1)
}

// wholeRounds are those of the plain test; TORTURE_ROUNDS counts them, and
// the others follow in proportion.
const wholeRounds = 50

func chance(t *testing.T) *rand.Rand {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv(envSeed); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("%s=%q is no seed", envSeed, text)
		}
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("to choose the same again: %s=%d", envSeed, seed)
		}
	})
	return rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // a test's dice
}

func TestAnAgentThatIsKilledLosesNothingAndSendsNothingTwice(t *testing.T) {
	r := newRig(t, chevtest.Site{}, nil)
	for range rounds(t, wholeRounds, 10) {
		r.round()
	}
	r.finish()
}

func TestWhereTheHostTakesCopiesASecondOneOnlyFollowsALostAnswer(t *testing.T) {
	r := newRig(t, chevtest.Site{AllowDuplicates: true}, nil)
	for range rounds(t, 10, 3) {
		r.round()
	}
	r.finish()
}

func TestTheClipboardOfAKilledAgentNeverHeldALinkThatIsNotKept(t *testing.T) {
	platformtest.Need(t, "Xvfb", "xclip")
	d := platformtest.NewDesktop(t, platformtest.DesktopConfig{NoBus: true})
	r := newRig(t, chevtest.Site{}, d)
	stop := r.watchClipboard(d)
	for range rounds(t, 12, 4) {
		r.round()
	}
	// Once more without a kill: few rounds may end with nothing ever copied.
	r.up()
	r.feedSocket(t.TempDir(), 1)
	r.feeds.Wait()
	r.awaitClip()
	stop()
	r.finish()
	r.checkClipboard()
}
