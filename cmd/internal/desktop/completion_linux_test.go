package desktop

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"images-uploader.com/upshot/client/chevtest"
	"images-uploader.com/upshot/platform/platformtest"
)

// tabs have a shell complete "upshot" with the words behind it, and print what
// it offers, one a line.
var tabs = map[string]string{
	"bash": `
source /usr/share/bash-completion/bash_completion
source <(upshot completion bash)
compopt() { :; } # there is no line that is being edited
COMP_WORDS=(upshot "$@"); COMP_CWORD=$#; COMP_LINE="${COMP_WORDS[*]}"; COMP_POINT=${#COMP_LINE}; COMP_TYPE=9; COMP_KEY=9
__start_upshot
printf '%s\n' "${COMPREPLY[@]}"`,
	"fish": `
upshot completion fish | source
complete -C "upshot "(string join " " -- $argv) | string replace -r "\t.*" ""
or true # nothing was replaced`,
	// zsh completes nothing but a line that somebody edits: what Tab makes of
	// it is printed.
	"zsh": `
zmodload zsh/zpty
mkdir $HOME/functions && upshot completion zsh >$HOME/functions/_upshot
zpty shell 'TERM=dumb zsh -f -i'
zpty -w shell 'PS1=; fpath=($HOME/functions $fpath); autoload -Uz compinit; compinit -u -D; bindkey "^I" complete-word; print -r -- be''gin'
zpty -r -m shell out '*begin*'
zpty -w -n shell "upshot ${(j: :)argv}"$'\t\C-aprint -r -- do\'\'ne \C-e\n'
zpty -r -m shell out $'*\ndone *\n*'
out=${out##*$'\n'done }
print -r -- ${${out%%$'\r'*}##* }`,
}

func TestShellsCompleteVerbsAccountsAndUploads(t *testing.T) {
	const bashCompletion = "/usr/share/bash-completion/bash_completion"
	platformtest.Need(t, "bash", "zsh", "fish", bashCompletion)
	upshot, host := build(t, "upshot"), chevtest.NewServer(t, chevtest.Config{})
	home := t.TempDir()
	env := append(slices.DeleteFunc(os.Environ(), func(kv string) bool { return strings.HasPrefix(kv, "DBUS_") }),
		"HOME="+home, "ZDOTDIR="+home, "UPSHOT_HOME="+filepath.Join(home, "upshot"), "PATH="+filepath.Dir(upshot)+":"+os.Getenv("PATH"))
	if err := os.Mkdir(filepath.Join(home, "upshot"), 0o700); err != nil {
		t.Fatal(err)
	}
	settings := "[[account]]\nname = \"main\"\naddress = \"https://main.example\"\n[[account]]\nname = \"work\"\naddress = \"https://work.example\"\n"
	if err := os.WriteFile(filepath.Join(home, "upshot", "config.toml"), []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(home, "a.png")
	if err := os.WriteFile(file, picture(1, 20), 0o600); err != nil {
		t.Fatal(err)
	}
	upload := exec.CommandContext(t.Context(), upshot, "upload", file)
	upload.Env = append(env, "UPSHOT_SERVER="+host.URL, "UPSHOT_KEY="+host.Key)
	if out, err := upload.CombinedOutput(); err != nil {
		t.Fatalf("upload: %v\n%s", err, out)
	}
	agent := exec.CommandContext(t.Context(), upshot, "agent", "--no-tray") // who knows the uploads' numbers
	agent.Env = env
	if err := agent.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = agent.Process.Kill()
		_ = agent.Wait() // killed
	})
	platformtest.Eventually(t, "the agent", func() bool {
		tab := exec.CommandContext(t.Context(), upshot, "__complete", "history", "copy", "")
		tab.Env = env
		out, err := tab.Output()
		return err == nil && strings.HasPrefix(string(out), "1\t")
	})
	for shell, script := range tabs {
		for _, c := range []struct {
			words []string
			want  string
		}{
			{[]string{"capt"}, "capture"},
			{[]string{"queue", "rel"}, "release"},
			{[]string{"account", "remove", "w"}, "work"},
			{[]string{"upload", "--account", "m"}, "main"},
			{[]string{"history", "copy", ""}, "1"},
			{[]string{"upload", "--link", "vie"}, "viewer"},
		} {
			t.Run(shell+" "+strings.Join(c.words, " "), func(t *testing.T) {
				args := append([]string{"-c", script, shell}, c.words...)
				if shell == "fish" {
					args = append([]string{"-c", script, "--"}, c.words...)
				}
				cmd := exec.CommandContext(t.Context(), shell, args...)
				cmd.Env = append(env, "HOME="+t.TempDir())
				out, err := cmd.CombinedOutput()
				if err != nil || strings.TrimSpace(string(out)) != c.want {
					t.Errorf("it offers %q, %v; want %q", out, err, c.want)
				}
			})
		}
	}
}
