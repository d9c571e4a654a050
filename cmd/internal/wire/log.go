package wire

import (
	"io"
	"log/slog"

	"gopkg.in/natefinch/lumberjack.v2"
)

// openLog opens the rotated log: at most 5 MB a file, three old ones, 0600.
func openLog(path string, level slog.Level) (*slog.Logger, io.Closer) {
	w := &lumberjack.Logger{Filename: path, MaxSize: 5, MaxBackups: 3, MaxAge: 60}
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level})), w
}
