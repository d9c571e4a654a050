package wire

import (
	"context"
	"net"

	"images-uploader.com/upshot/client/agent"
	"images-uploader.com/upshot/client/uploader"
	"images-uploader.com/upshot/platform/dirs"
	"images-uploader.com/upshot/platform/instance"
)

// What a Tab in a shell looks at: nothing is made, started, ended or mended for
// it, and nothing is said to have been told.

// GlanceSettings are the settings as their file has them; none where it is not
// there, or says nothing that can be used.
func GlanceSettings(d dirs.Dirs) uploader.Settings {
	data, at := readConfig(d.ConfigFile)
	if at.why != nil || at.info == nil {
		return uploader.Settings{}
	}
	settings, _, err := parse(data)
	if err != nil {
		return uploader.Settings{}
	}
	sift(d.ConfigFile, &settings)
	return settings
}

// Glance is a client of the engine that runs; there is an error where none does,
// or one of another protocol. The client is to be closed.
func Glance(ctx context.Context, d dirs.Dirs) (*agent.Client, error) {
	record, err := instance.ReadRecord(d.EngineFile)
	if err != nil {
		return nil, err
	}
	c, _, err := agent.Dial(ctx, agent.DialConfig{
		Dial:  func(ctx context.Context) (net.Conn, error) { return instance.Dial(ctx, record.Socket) },
		Hello: uploader.Hello{Protocol: uploader.Protocol},
	})
	return c, err
}
