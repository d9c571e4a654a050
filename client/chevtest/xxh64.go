package chevtest

import (
	"encoding/binary"
	"math/bits"
)

// xxh64 is the hash XXH64 with seed 0, written from its public specification
// (github.com/Cyan4973/xxHash, doc/xxhash_spec.md). It is a hash.Hash64 in
// what this package needs of one. The zero value is not ready: newXXH64.
type xxh64 struct {
	acc   [4]uint64
	buf   [32]byte
	held  int // bytes in buf
	total uint64
}

const (
	xxPrime1 = 0x9E3779B185EBCA87
	xxPrime2 = 0xC2B2AE3D27D4EB4F
	xxPrime3 = 0x165667B19E3779F9
	xxPrime4 = 0x85EBCA77C2B2AE63
	xxPrime5 = 0x27D4EB2F165667C5
)

func newXXH64() *xxh64 {
	p1 := uint64(xxPrime1) // a variable: the sums wrap around
	return &xxh64{acc: [4]uint64{p1 + xxPrime2, xxPrime2, 0, -p1}}
}

func xxRound(acc, lane uint64) uint64 {
	return bits.RotateLeft64(acc+lane*xxPrime2, 31) * xxPrime1
}

func (x *xxh64) stripe(p []byte) {
	for i := range x.acc {
		x.acc[i] = xxRound(x.acc[i], binary.LittleEndian.Uint64(p[8*i:]))
	}
}

// Write never fails.
func (x *xxh64) Write(p []byte) (int, error) {
	n := len(p)
	x.total += uint64(n)
	if x.held > 0 {
		took := copy(x.buf[x.held:], p)
		x.held += took
		p = p[took:]
		if x.held < len(x.buf) {
			return n, nil
		}
		x.stripe(x.buf[:])
		x.held = 0
	}
	for ; len(p) >= 32; p = p[32:] {
		x.stripe(p)
	}
	x.held = copy(x.buf[:], p)
	return n, nil
}

// Sum64 returns the hash of what was written so far.
func (x *xxh64) Sum64() uint64 {
	h := uint64(xxPrime5)
	if x.total >= 32 {
		h = bits.RotateLeft64(x.acc[0], 1) + bits.RotateLeft64(x.acc[1], 7) +
			bits.RotateLeft64(x.acc[2], 12) + bits.RotateLeft64(x.acc[3], 18)
		for _, acc := range x.acc {
			h = (h^xxRound(0, acc))*xxPrime1 + xxPrime4
		}
	}
	h += x.total
	p := x.buf[:x.held]
	for ; len(p) >= 8; p = p[8:] {
		h = bits.RotateLeft64(h^xxRound(0, binary.LittleEndian.Uint64(p)), 27)*xxPrime1 + xxPrime4
	}
	if len(p) >= 4 {
		h = bits.RotateLeft64(h^uint64(binary.LittleEndian.Uint32(p))*xxPrime1, 23)*xxPrime2 + xxPrime3
		p = p[4:]
	}
	for _, b := range p {
		h = bits.RotateLeft64(h^uint64(b)*xxPrime5, 11) * xxPrime1
	}
	h = (h ^ h>>33) * xxPrime2
	h = (h ^ h>>29) * xxPrime3
	return h ^ h>>32
}
