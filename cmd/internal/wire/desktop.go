package wire

import (
	"context"
	"os"
	"runtime"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/engine"
	"images-uploader.com/upshot/platform/autostart"
	"images-uploader.com/upshot/platform/clipboard"
	"images-uploader.com/upshot/platform/instance"
	"images-uploader.com/upshot/platform/keyring"
	"images-uploader.com/upshot/platform/network"
	"images-uploader.com/upshot/platform/notify"
	"images-uploader.com/upshot/platform/opener"
	"images-uploader.com/upshot/platform/trash"
)

// Desktop is what this system gives. Nothing is opened before it is used.
func Desktop() Services {
	return Services{
		Keys:      keys{keyring.New(keyring.Config{})},
		Clipboard: clipboard.New(clipboard.Config{}),
		Screen:    newScreen(),
		Regions:   window{},
		Notifier:  notify.New(notify.Config{}),
		Opener:    opener.New(opener.Config{}),
		Trash:     trash.New(trash.Config{}),
		Network:   web{network.New(network.Config{})},
		Autostart: atLogin(),
	}
}

// atLogin starts the agent when the person logs in; nil when we do not know
// which program we are, and for an Upshot that has all its things in one
// directory: what starts at login does not know of that.
func atLogin() engine.Autostart {
	if os.Getenv("UPSHOT_HOME") != "" {
		return nil
	}
	command, err := agentCommand()
	if err != nil {
		return nil
	}
	a, err := autostart.New(autostart.Config{Comment: "Uploads pictures and videos", Command: command})
	if err != nil {
		return nil
	}
	return a
}

// agentCommand is how the agent is started: on Windows by the program that
// has no console, where it is.
func agentCommand() ([]string, error) {
	if path, err := instance.Sibling("upshot-agent"); err == nil && runtime.GOOS == "windows" {
		return []string{path}, nil
	}
	path, err := instance.Program()
	if err != nil {
		return nil, err
	}
	return []string{path, "agent"}, nil
}

// web is the network with its cost.
type web struct{ *network.Network }

// Watch tells of both.
func (w web) Watch(ctx context.Context, changed func(up, metered bool)) error {
	return w.Follow(ctx, changed)
}

// keys lets API keys into the system's keyring and out of it.
type keys struct{ ring *keyring.Keyring }

func (k keys) Get(ctx context.Context, id string) (client.Key, error) {
	secret, err := k.ring.Get(ctx, id)
	return client.NewKey(secret), err
}

func (k keys) Set(ctx context.Context, id string, key client.Key) error {
	return k.ring.Set(ctx, id, key.Reveal())
}

func (k keys) Delete(ctx context.Context, id string) error { return k.ring.Delete(ctx, id) }
