package integrate

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
)

// mimeTypes are what hosts of this kind take.
var mimeTypes = []string{
	"image/avif", "image/bmp", "image/gif", "image/jpeg", "image/png", "image/webp",
	"video/mp4", "video/quicktime", "video/webm",
}

const menuWords = "Upload with Upshot"

// entries are the files that are ours as a whole. types are the kinds of file
// that "Open with" offers us for.
func entries(c Config, p places, types []string) []file {
	files := []file{
		{p.data("applications", id+".desktop"), "entry in the list of programs", 0o644, []byte(programEntry(c))},
		{p.data("applications", openID), `entry of "Open with"`, 0o644, []byte(openEntry(c, types))},
		{p.data("nautilus", "scripts", menuWords), "script in the menu of Nautilus", 0o755, []byte(script(c, "NAUTILUS"))},
		{p.data("nemo", "scripts", menuWords), "script in the menu of Nemo", 0o755, []byte(script(c, "NEMO"))},
		// KDE starts only those that are executable.
		{p.data("kio", "servicemenus", "upshot.desktop"), "entry in the menu of Dolphin", 0o755, []byte(serviceMenu(c))},
		{p.config("systemd", "user", "upshot.service"), "service, not switched on", 0o644, []byte(unit(c))},
	}
	for _, i := range c.Icons {
		dir, name := strconv.Itoa(i.Size)+"x"+strconv.Itoa(i.Size), id+".png"
		if i.Size == 0 {
			dir, name = "scalable", id+".svg"
		}
		files = append(files, file{p.data("icons", "hicolor", dir, "apps", name), "icon", 0o644, i.Data})
	}
	return files
}

// openID is the entry that opens files; it is not in the list of programs.
const openID = id + ".upload.desktop"

func programEntry(c Config) string {
	return desktopEntry([][2]string{
		{"Type", "Application"},
		{"Version", "1.0"},
		{"Name", "Upshot"},
		{"GenericName", "Image uploader"},
		{"Comment", "Upload pictures and videos to your own image host and get the link"},
		{"Exec", quoteExec(c.window(), "")},
		{"TryExec", escapeEntry(c.window()[0])},
		{"Icon", id},
		{"Terminal", "false"},
		{"Categories", "Network;FileTransfer;"},
		{"Keywords", "upload;image;picture;screenshot;share;link;chevereto;"},
		{"StartupNotify", "true"},
	})
}

func openEntry(c Config, types []string) string {
	return desktopEntry([][2]string{
		{"Type", "Application"},
		{"Version", "1.0"},
		{"Name", "Upshot"},
		{"Comment", "Upload these files and get their links"},
		{"Exec", quoteExec(c.upload(), "%F")},
		{"TryExec", escapeEntry(c.Program)},
		{"Icon", id},
		{"Terminal", "false"},
		{"NoDisplay", "true"}, // there is nothing to start without files
		{"StartupNotify", "false"},
		{"MimeType", strings.Join(types, ";") + ";"},
	})
}

func serviceMenu(c Config) string {
	return desktopEntry([][2]string{
		{"Type", "Service"}, // KDE's own type, with keys that others have for applications only
		{"Name", menuWords},
		{"MimeType", strings.Join(mimeTypes, ";") + ";"},
		{"X-KDE-ServiceTypes", "KonqPopupMenu/Plugin"}, // KDE 5
		{"Actions", "upload;"},
	}) + "\n[Desktop Action upload]\nName=" + menuWords + "\nIcon=" + id + "\nExec=" + quoteExec(c.upload(), "%F") + "\n"
}

func desktopEntry(lines [][2]string) string {
	var b strings.Builder
	b.WriteString("[Desktop Entry]\n")
	for _, l := range lines {
		b.WriteString(l[0] + "=" + l[1] + "\n")
	}
	return b.String()
}

// script is started by the file manager with the chosen files as its
// arguments. Those of a server have no paths and come as URIs in a variable,
// where we can do nothing with them.
func script(c Config, manager string) string {
	return fmt.Sprintf(`#!/bin/sh
# Uploads the files that are chosen in the file manager. Installed by
# "upshot integrate", removed by "upshot integrate --remove".
if [ $# -eq 0 ]; then
	echo "these files are not on this computer (${%s_SCRIPT_SELECTED_URIS:-none}); copy them here first" >&2
	exit 1
fi
exec %s "$@"
`, manager, quoteShell(c.upload()))
}

// unit is for machines without a desktop; elsewhere the agent starts at login
// in another way. It has to be switched on: systemctl --user enable --now
// upshot.
func unit(c Config) string {
	return `[Unit]
Description=Upshot, uploads pictures and videos from watched folders

[Service]
Type=exec
ExecStart=` + quoteUnit([]string{c.Program, "agent", "--no-tray"}) + `
Restart=on-failure
RestartSec=10
TimeoutStopSec=30

[Install]
WantedBy=default.target
`
}

// places are the directories of the XDG base directory specification.
type places struct{ dataHome, configHome string }

func (p places) data(parts ...string) string {
	return filepath.Join(append([]string{p.dataHome}, parts...)...)
}

func (p places) config(parts ...string) string {
	return filepath.Join(append([]string{p.configHome}, parts...)...)
}
