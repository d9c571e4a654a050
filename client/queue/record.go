package queue

import (
	"encoding/binary"
	"errors"
	"math"
)

// What follows reads pages of a database without SQLite's help, as
// https://www.sqlite.org/fileformat2.html lays them out, for the salvage of
// rows to which no way leads any more. Every number in a page may be garbage.

var errNoRecord = errors.New("not a record")

// tableLeaf is the kind of page that holds rows.
const tableLeaf = 0x0d

// cells returns the offsets of the rows in a page, none when it is of
// another kind.
func cells(page []byte, first int) []int {
	if len(page) < first+8 || page[first] != tableLeaf {
		return nil
	}
	n := int(binary.BigEndian.Uint16(page[first+3:]))
	var all []int
	for i := range n {
		at := first + 8 + 2*i
		if at+2 > len(page) {
			return nil
		}
		cell := int(binary.BigEndian.Uint16(page[at:]))
		if cell < first+8 || cell >= len(page) {
			continue
		}
		all = append(all, cell)
	}
	return all
}

// cell is a row as it lies in a page: its beginning, and the page where it
// goes on.
type cell struct {
	rowid    int64
	size     int // of the whole payload
	local    []byte
	overflow uint32
}

func readCell(page []byte, at int) (cell, error) {
	size, n := varint(page[at:])
	if n == 0 || size < 1 || size > maxPayload {
		return cell{}, errNoRecord
	}
	at += n
	rowid, n := varint(page[at:])
	if n == 0 {
		return cell{}, errNoRecord
	}
	at += n
	c := cell{rowid: rowid, size: int(size)}
	local := localSize(len(page), c.size)
	end := at + local
	if local < c.size {
		if end+4 > len(page) {
			return cell{}, errNoRecord
		}
		c.overflow = binary.BigEndian.Uint32(page[end:])
	}
	if end > len(page) {
		return cell{}, errNoRecord
	}
	c.local = page[at:end]
	return c, nil
}

// maxPayload bounds what is believed of a row's size: answers of hosts are a
// few kilobytes.
const maxPayload = 16 << 20

// localSize is how much of a payload lies in the row's own page.
func localSize(page, payload int) int {
	most := page - 35
	if payload <= most {
		return payload
	}
	least := (page-12)*32/255 - 23
	k := least + (payload-least)%(page-4)
	if k <= most {
		return k
	}
	return least
}

// varint reads a number of 1 to 9 bytes; n is 0 when b ends before it does.
func varint(b []byte) (v int64, n int) {
	var u uint64
	for i := range 9 {
		if i >= len(b) {
			return 0, 0
		}
		if i == 8 {
			return int64(u<<8 | uint64(b[i])), 9
		}
		u = u<<7 | uint64(b[i]&0x7f)
		if b[i] < 0x80 {
			return int64(u), i + 1
		}
	}
	return 0, 0
}

// readRecord reads the columns of a row: nil, int64, float64, string or []byte.
func readRecord(payload []byte) ([]any, error) {
	head, n := varint(payload)
	if n == 0 || head < int64(n) || head > int64(len(payload)) {
		return nil, errNoRecord
	}
	types, body := payload[n:head], payload[head:]
	var values []any
	for len(types) > 0 {
		kind, n := varint(types)
		if n == 0 {
			return nil, errNoRecord
		}
		types = types[n:]
		value, size, err := readValue(kind, body)
		if err != nil {
			return nil, err
		}
		values = append(values, value)
		body = body[size:]
	}
	if len(body) > 0 {
		return nil, errNoRecord
	}
	return values, nil
}

// readValue reads one column of a kind ("serial type").
func readValue(kind int64, body []byte) (value any, size int, err error) {
	if kind < 0 || kind == 10 || kind == 11 {
		return nil, 0, errNoRecord
	}
	if kind >= 12 {
		length := (kind - 12) / 2
		if length > int64(len(body)) {
			return nil, 0, errNoRecord
		}
		if kind%2 == 1 {
			return string(body[:length]), int(length), nil
		}
		return body[:length], int(length), nil
	}
	size = []int{0, 1, 2, 3, 4, 6, 8, 8, 0, 0}[kind]
	if size > len(body) {
		return nil, 0, errNoRecord
	}
	var u uint64
	for i, b := range body[:size] {
		if i == 0 && b >= 0x80 && kind != 7 {
			u = math.MaxUint64 // negative
		}
		u = u<<8 | uint64(b)
	}
	switch kind {
	case 0:
		return nil, 0, nil
	case 7:
		return math.Float64frombits(u), size, nil
	case 8:
		return int64(0), 0, nil
	case 9:
		return int64(1), 0, nil
	}
	return int64(u), size, nil
}
