package desktop

import (
	"strings"
	"testing"
	"time"

	"images-uploader.com/upshot/platform/platformtest"
)

func TestAKeyringThatComesAfterTheAgentIsWaitedFor(t *testing.T) {
	platformtest.Need(t, "secret-tool")
	s := sitAt(t, platformtest.DesktopConfig{Headless: true, Keyring: platformtest.UnlockedKeyring})
	s.setUp()
	s.EndKeyring()
	agent := s.Start(s.Command(s.upshot, "agent", "--no-tray"))
	platformtest.Eventually(t, "the agent to be ready", func() bool { return strings.Contains(agent.Log(), "agent ready") })
	s.save("early.png", 1)
	platformtest.Eventually(t, "the file to wait for the keyring", func() bool {
		out := s.command("", "queue")
		return strings.Contains(out, "early.png") && strings.Contains(out, "keyring")
	})
	if n := len(s.host.Uploads()); n != 1 { // the account was checked once
		t.Errorf("the host was asked %d times without a key", n-1)
	}

	t.Log("the person's session is ready now, and nobody asks for anything")
	s.StartKeyring()
	for end := time.Now().Add(time.Minute); len(s.host.Stored()) == 0 && time.Now().Before(end); {
		time.Sleep(100 * time.Millisecond)
	}
	if n := len(s.host.Stored()); n != 1 {
		t.Errorf("the host has %d files, want 1; the queue says\n%s", n, s.command("", "queue"))
	}

	t.Log("an account that is removed takes its entry along")
	entries := func() string {
		out, _ := s.Command("secret-tool", "search", "--all", "service", "upshot").CombinedOutput() // nothing found is an error, or not
		return string(out)
	}
	if !strings.Contains(entries(), "main") {
		t.Fatalf("the keyring has\n%s", strings.ReplaceAll(entries(), s.host.Key, "(the key)"))
	}
	s.command("", "account", "remove", "main")
	if out := entries(); strings.Contains(out, "attribute.username") {
		t.Errorf("the keyring still has\n%s", strings.ReplaceAll(out, s.host.Key, "(the key)"))
	}
}
