package instance

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/Microsoft/go-winio"
	"golang.org/x/sys/windows"
)

// Listen opens the named pipe that the other programs of this person dial. Only
// that person may open it; close the listener before the lock.
func (l *Lock) Listen(path string) (net.Listener, error) {
	if !l.file.Locked() {
		return nil, errors.New("listen: the lock is not held any more")
	}
	sid, err := ownSID()
	if err != nil {
		return nil, err
	}
	listener, err := winio.ListenPipe(path, &winio.PipeConfig{
		// Owner and group are the person, not the administrators that an
		// elevated program would stand for; all rights to that person alone.
		SecurityDescriptor: fmt.Sprintf("O:%[1]sG:%[1]sD:P(A;;GA;;;%[1]s)", sid),
	})
	if errors.Is(err, windows.ERROR_ACCESS_DENIED) || errors.Is(err, windows.ERROR_PIPE_BUSY) {
		return nil, fmt.Errorf("listen at %s: %w", path, ErrHeld)
	}
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	return listener, nil
}

// Dial connects to the program that listens at path. fs.ErrNotExist is nobody
// there, fs.ErrPermission somebody of another user.
func Dial(ctx context.Context, path string) (net.Conn, error) {
	conn, err := winio.DialPipeContext(ctx, path)
	if err != nil {
		return nil, err
	}
	// Another user may have made a pipe of that name before us.
	if err := ownedByUs(conn); err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

func ownSID() (string, error) {
	user, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return "", fmt.Errorf("ask for our own user: %w", err)
	}
	return user.User.Sid.String(), nil
}

func handleOf(conn net.Conn) (windows.Handle, error) {
	f, ok := conn.(interface{ Fd() uintptr })
	if !ok {
		return 0, fmt.Errorf("a %T has no other end to ask for: %w", conn, errors.ErrUnsupported)
	}
	return windows.Handle(f.Fd()), nil
}

func ownedByUs(conn net.Conn) error {
	h, err := handleOf(conn)
	if err != nil {
		return err
	}
	sd, err := windows.GetSecurityInfo(h, windows.SE_KERNEL_OBJECT, windows.OWNER_SECURITY_INFORMATION)
	if err != nil {
		return fmt.Errorf("ask for the pipe's owner: %w", err)
	}
	owner, _, err := sd.Owner()
	if err != nil {
		return fmt.Errorf("ask for the pipe's owner: %w", err)
	}
	own, err := ownSID()
	if err != nil {
		return err
	}
	if owner.String() != own {
		return errOtherUser
	}
	return nil
}

// PeerOf says who is at the other end of a connection that a listener
// accepted.
func PeerOf(conn net.Conn) (Peer, error) {
	h, err := handleOf(conn)
	if err != nil {
		return Peer{}, err
	}
	var pid uint32
	if err := windows.GetNamedPipeClientProcessId(h, &pid); err != nil {
		return Peer{}, fmt.Errorf("ask for the other end: %w", err)
	}
	process, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, pid)
	if err != nil {
		return Peer{}, fmt.Errorf("look at the other end: %w", err)
	}
	defer windows.CloseHandle(process)
	var token windows.Token
	if err := windows.OpenProcessToken(process, windows.TOKEN_QUERY, &token); err != nil {
		return Peer{}, fmt.Errorf("look at the other end: %w", err)
	}
	defer token.Close()
	user, err := token.GetTokenUser()
	if err != nil {
		return Peer{}, fmt.Errorf("look at the other end: %w", err)
	}
	return Peer{PID: int(pid), User: user.User.Sid.String()}, nil
}
