package integrate

import "strings"

// quoteExec makes the Exec line of a command (Desktop Entry Specification),
// with a field code such as %F behind it.
func quoteExec(command []string, field string) string {
	if strings.Contains(command[0], "%") {
		// GLib looks for the program before it reads %% as %.
		command = throughShell(command)
	}
	args := make([]string, len(command))
	for i, arg := range command {
		args[i] = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "`", "\\`", `$`, `\$`, `%`, `%%`).Replace(arg) + `"`
	}
	line := strings.Join(args, " ")
	if field != "" {
		line += " " + field
	}
	return escapeEntry(line) // on top: a line is a string, too
}

// throughShell is a command that has its program's name where every name can
// stand.
func throughShell(command []string) []string {
	return append([]string{"/bin/sh", "-c", `exec "$@"`, "upshot"}, command...)
}

// escapeEntry makes a value of a desktop entry.
func escapeEntry(value string) string {
	return strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\t", `\t`, "\r", `\r`).Replace(value)
}

// quoteShell makes words of a shell.
func quoteShell(command []string) string {
	args := make([]string, len(command))
	for i, arg := range command {
		args[i] = "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
	}
	return strings.Join(args, " ")
}

// quoteThunar makes the command of one of Thunar's actions: words of a shell,
// in which % begins a field code.
func quoteThunar(command []string, field string) string {
	return strings.ReplaceAll(quoteShell(command), "%", "%%") + " " + field
}

// quoteUnit makes the ExecStart of a service (systemd.service): % begins a
// specifier everywhere, $ a variable in all words but the first.
func quoteUnit(command []string) string {
	if strings.ContainsAny(command[0], `"'\`) {
		command = throughShell(command) // systemd takes no such program
	}
	args := make([]string, len(command))
	for i, arg := range command {
		arg = strings.NewReplacer(`\`, `\\`, `"`, `\"`, `%`, `%%`).Replace(arg)
		if i > 0 {
			arg = strings.ReplaceAll(arg, "$", "$$")
		}
		args[i] = `"` + arg + `"`
	}
	return strings.Join(args, " ")
}
