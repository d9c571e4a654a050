package network_test

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"images-uploader.com/upshot/platform/network"
	"images-uploader.com/upshot/platform/platformtest"
)

const namespaced = "UPSHOT_TEST_NETWORK_NAMESPACE"

// TestNetworkKeepsTheContract runs again in a network namespace of its own,
// where it may pull the cable.
func TestNetworkKeepsTheContract(t *testing.T) {
	platformtest.Need(t, "ip")
	if os.Getenv(namespaced) == "" {
		inNamespace(t)
		return
	}
	ip := func(args string) {
		t.Helper()
		if out, err := exec.Command("ip", strings.Fields(args)...).CombinedOutput(); err != nil {
			t.Fatalf("ip %s: %v: %s", args, err, out)
		}
	}
	ip("link set lo up") // a loopback is no network
	ip("link add outside type veth peer name far")
	ip("link add docker7 type veth peer name far7")
	ip("addr add 192.0.2.1/24 dev outside")
	ip("addr add 198.51.100.1/24 dev docker7")
	for _, name := range []string{"outside", "docker7", "far7"} { // docker7 leads nowhere outside
		ip("link set " + name + " up")
	}
	platformtest.TestNetwork(t, func(*testing.T) (platformtest.NetworkPort, platformtest.NetworkPeer) {
		// Nothing is found by looking: the hints of the kernel must do.
		return network.New(network.Config{Poll: time.Hour}), cable{t}
	})
}

// cable is the far end of the link.
type cable struct{ t *testing.T }

func (c cable) Set(up bool) {
	state := "down"
	if up {
		state = "up"
	}
	if out, err := exec.Command("ip", "link", "set", "far", state).CombinedOutput(); err != nil {
		c.t.Errorf("ip: %v: %s", err, out)
	}
}

func inNamespace(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), namespaced+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	if os.Geteuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
	}
	out, err := cmd.CombinedOutput()
	if _, ran := err.(*exec.ExitError); err != nil && !ran {
		t.Skipf("no network namespace can be made here: %v", err)
	}
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Fatalf("in its namespace: %v\n%s", err, out)
	}
}
