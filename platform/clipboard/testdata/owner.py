# Owns the clipboard as a GTK program does.
#   owner.py image FILE     a picture, in every encoding GTK offers
#   owner.py raw TARGET FILE [TARGET FILE]...   the bytes of each FILE as they are
# Prints "own" when it owns it, "lost" when it does not any more.
import gi, sys
gi.require_version('Gtk', '3.0')
from gi.repository import Gtk, Gdk, GdkPixbuf, GLib

clipboard = Gtk.Clipboard.get(Gdk.SELECTION_CLIPBOARD)
if sys.argv[1] == 'image':
    clipboard.set_image(GdkPixbuf.Pixbuf.new_from_file(sys.argv[2]))
    print('own', flush=True)
    Gtk.main()
else:
    # PyGObject has no set_with_data: a window owns the selection itself.
    forms = {}
    window = Gtk.Invisible()
    for target, path in zip(sys.argv[2::2], sys.argv[3::2]):
        forms[target] = open(path, 'rb').read()
        Gtk.selection_add_target(window, Gdk.SELECTION_CLIPBOARD, Gdk.Atom.intern(target, False), 0)

    def give(_, selection, info, time):
        selection.set(selection.get_target(), 8, forms[selection.get_target().name()])

    def lost(*_):
        print('lost', flush=True)

    window.connect('selection-get', give)
    window.connect('selection-clear-event', lost)
    Gtk.selection_owner_set(window, Gdk.SELECTION_CLIPBOARD, 0)
    print('own', flush=True)
    Gtk.main()
