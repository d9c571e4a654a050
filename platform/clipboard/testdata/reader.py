# Reads one form of the clipboard as a GTK program does, into a file.
#   reader.py TARGET FILE
import gi, sys
gi.require_version('Gtk', '3.0')
from gi.repository import Gtk, Gdk

data = Gtk.Clipboard.get(Gdk.SELECTION_CLIPBOARD).wait_for_contents(Gdk.Atom.intern(sys.argv[1], False))
if data is None:
    sys.exit('nothing of that sort')
open(sys.argv[2], 'wb').write(data.get_data())
