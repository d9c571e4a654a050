package wire

import (
	"context"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/platform/clipboard"
	"images-uploader.com/upshot/platform/keyring"
	"images-uploader.com/upshot/platform/notify"
	"images-uploader.com/upshot/platform/opener"
	"images-uploader.com/upshot/platform/screen"
	"images-uploader.com/upshot/platform/trash"
)

// Desktop is what this system gives. Nothing is opened before it is used.
func Desktop() Services {
	return Services{
		Keys:      keys{keyring.New(keyring.Config{})},
		Clipboard: clipboard.New(clipboard.Config{}),
		Screen:    screen.New(screen.Config{}),
		Notifier:  notify.New(notify.Config{}),
		Opener:    opener.New(opener.Config{}),
		Trash:     trash.New(trash.Config{}),
	}
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
