package words

import (
	"context"
	"os/exec"
	"strings"
	"time"
)

// askWait bounds the question: nobody waits for a translation.
const askWait = time.Second

// locale is the one that the person has chosen in macOS; programs that are
// started by it have no LANG.
func locale() string {
	ctx, cancel := context.WithTimeout(context.Background(), askWait)
	defer cancel()
	out, err := exec.CommandContext(ctx, "/usr/bin/defaults", "read", "-g", "AppleLocale").Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}
