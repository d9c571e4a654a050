package watcher

import "hash/maphash"

// filtered remembers what the filters keep out: how many files, and of some
// why, to show them.
type filtered struct {
	seed maphash.Seed
	is   keptOut
	next *keptOut // while a scan runs
}

type keptOut struct {
	all  map[uint64]struct{}
	some map[string]Pending
}

func newKeptOut() keptOut { return keptOut{map[uint64]struct{}{}, map[string]Pending{}} }

func newFiltered() *filtered { return &filtered{seed: maphash.MakeSeed(), is: newKeptOut()} }

// add reports whether that is new.
func (f *filtered) add(p Pending) bool {
	key := maphash.String(f.seed, p.Path)
	_, old := f.is.all[key]
	f.is.put(key, p)
	if f.next != nil {
		f.next.put(key, p)
	}
	return !old
}

func (k keptOut) put(key uint64, p Pending) {
	k.all[key] = struct{}{}
	if _, old := k.some[p.Path]; old || len(k.some) < maxPending {
		k.some[p.Path] = p
	}
}

// forget reports whether it was there.
func (f *filtered) forget(path string) bool {
	key := maphash.String(f.seed, path)
	_, old := f.is.all[key]
	for _, k := range []*keptOut{&f.is, f.next} {
		if k != nil {
			delete(k.all, key)
			delete(k.some, path)
		}
	}
	return old
}

// begin and end enclose a scan of everything; what it does not meet is
// forgotten.
func (f *filtered) begin() { f.next = new(newKeptOut()) }

func (f *filtered) end(complete bool) {
	if complete && f.next != nil {
		f.is = *f.next
	}
	f.next = nil
}

func (f *filtered) clear() { f.is, f.next = newKeptOut(), nil }
