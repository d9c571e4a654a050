package platformtest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/godbus/dbus/v5"
)

// TrayItem is one line of a tray menu.
type TrayItem struct {
	ID       int32
	Label    string
	Disabled bool
	Items    []TrayItem // of a submenu
}

const menuInterface = "com.canonical.dbusmenu"

// TrayMenu reads the menu that process pid shows in the tray, without the
// hidden lines. It is empty while there is no icon.
func (d *Desktop) TrayMenu(pid int) []TrayItem {
	d.t.Helper()
	menu, ok := d.trayMenu(pid)
	if !ok {
		return nil
	}
	var revision uint32
	var root menuNode
	err := menu.Call(menuInterface+".GetLayout", 0, int32(0), int32(-1), []string{}).Store(&revision, &root)
	if err != nil {
		return nil
	}
	return root.items()
}

// ClickTray waits for the line with that label in the tray menu of process pid
// and clicks it. Ids change with every refresh of a menu, so it is found anew.
func (d *Desktop) ClickTray(pid int, label string) {
	d.t.Helper()
	Eventually(d.t, fmt.Sprintf("the tray menu has %q", label), func() bool {
		item, ok := findItem(d.TrayMenu(pid), label)
		if !ok || item.Disabled {
			return false
		}
		menu, ok := d.trayMenu(pid)
		if !ok {
			return false
		}
		return menu.Call(menuInterface+".Event", 0, item.ID, "clicked", dbus.MakeVariant(""), uint32(0)).Err == nil
	})
}

// TrayLabels are the labels of TrayMenu, submenus after their own line.
func (d *Desktop) TrayLabels(pid int) []string {
	d.t.Helper()
	return labels(d.TrayMenu(pid))
}

func (d *Desktop) trayMenu(pid int) (dbus.BusObject, bool) {
	name := d.trayName(pid)
	if name == "" {
		return nil, false
	}
	v, err := d.Bus().Object(name, "/StatusNotifierItem").GetProperty("org.kde.StatusNotifierItem.Menu")
	if err != nil {
		return nil, false
	}
	path, ok := v.Value().(dbus.ObjectPath)
	return d.Bus().Object(name, path), ok
}

func (d *Desktop) trayName(pid int) string {
	var names []string
	if d.Bus().BusObject().Call("org.freedesktop.DBus.ListNames", 0).Store(&names) != nil {
		return ""
	}
	prefix := fmt.Sprintf("org.kde.StatusNotifierItem-%d-", pid)
	i := slices.IndexFunc(names, func(n string) bool { return strings.HasPrefix(n, prefix) })
	if i < 0 {
		return ""
	}
	return names[i]
}

// menuNode is a line as the bus has it.
type menuNode struct {
	ID         int32
	Properties map[string]dbus.Variant
	Children   []dbus.Variant
}

func (n menuNode) items() []TrayItem {
	var items []TrayItem
	for _, child := range n.Children {
		var c menuNode
		if dbus.Store([]any{child.Value()}, &c) != nil || !c.flag("visible") {
			continue
		}
		items = append(items, TrayItem{ID: c.ID, Label: c.label(), Disabled: !c.flag("enabled"), Items: c.items()})
	}
	return items
}

// flag is a property that is true unless said otherwise.
func (n menuNode) flag(name string) bool {
	v, ok := n.Properties[name].Value().(bool)
	return !ok || v
}

// label takes the marks of access keys out: "_Quit" is shown as "Quit".
func (n menuNode) label() string {
	s, _ := n.Properties["label"].Value().(string)
	s = strings.ReplaceAll(s, "__", "\x00")
	return strings.ReplaceAll(strings.ReplaceAll(s, "_", ""), "\x00", "_")
}

func findItem(items []TrayItem, label string) (TrayItem, bool) {
	for _, it := range items {
		if it.Label == label {
			return it, true
		}
		if found, ok := findItem(it.Items, label); ok {
			return found, true
		}
	}
	return TrayItem{}, false
}

func labels(items []TrayItem) []string {
	var all []string
	for _, it := range items {
		all = append(append(all, it.Label), labels(it.Items)...)
	}
	return all
}
