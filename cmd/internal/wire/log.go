package wire

import (
	"context"
	"io"
	"log/slog"
	"strings"

	"gopkg.in/natefinch/lumberjack.v2"
)

// openLog opens the rotated log: at most 5 MB a file, three old ones, 0600.
func openLog(path string, level slog.Level) (*slog.Logger, io.Closer) {
	w := &lumberjack.Logger{Filename: path, MaxSize: 5, MaxBackups: 3, MaxAge: 60}
	return slog.New(discreet{slog.NewTextHandler(w, &slog.HandlerOptions{Level: level})}), w
}

// unsolicited is how net/http begins a line that goes on with what a host
// has sent beyond its answer. That may be the end of an answer whose
// Content-Length is too short, and so hold a delete link.
const unsolicited = "Unsolicited response received on idle HTTP channel"

// discreet keeps what hosts have sent out of the log. Ours never log it; the
// standard library, which logs through the same handler, does.
type discreet struct{ slog.Handler }

// Handle passes a record on.
func (d discreet) Handle(ctx context.Context, r slog.Record) error {
	if strings.HasPrefix(r.Message, unsolicited) {
		r = slog.NewRecord(r.Time, r.Level, "host sent more than its answer", r.PC)
	}
	return d.Handler.Handle(ctx, r)
}

// WithAttrs keeps the handler discreet.
func (d discreet) WithAttrs(attrs []slog.Attr) slog.Handler {
	return discreet{d.Handler.WithAttrs(attrs)}
}

// WithGroup keeps the handler discreet.
func (d discreet) WithGroup(name string) slog.Handler { return discreet{d.Handler.WithGroup(name)} }
