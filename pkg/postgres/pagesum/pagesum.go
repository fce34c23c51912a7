// Package pagesum verifies the checksums of a cluster's pages from outside of
// the server, as pg_checksums does: the answer does not go through anything that
// the restored data bring along.
//
// It may be done while the server runs: a page that is being written is read
// again. Nothing is written.
//
// The checksum is src/include/storage/checksum_impl.h (9.3 to 18): 32 FNV-1a sums
// side by side over the page with its checksum taken as zero, xored, then with
// the number of the block, so that a page in another place does not match.
package pagesum

import (
	"encoding/binary"
)

const (
	sums  = 32
	prime = 16777619

	atChecksum = 8  // pd_checksum
	atUpper    = 14 // pd_upper: zero on a page that was never used
)

var offsets = [sums]uint32{
	0x5B1F36E9, 0xB8525960, 0x02AB50AA, 0x1DE66D2A, 0x79FF467A, 0x9BB9F8A3, 0x217E7CD2, 0x83E13D2C,
	0xF8D4474F, 0xE39EB970, 0x42C6AE16, 0x993216FA, 0x7B093B5D, 0x98DAFF3C, 0xF718902A, 0x0B1C9CDB,
	0xE58F764B, 0x187636BC, 0x5D7B3BB1, 0xE73DE7DE, 0x92BEC979, 0xCCA6C0B2, 0x304A0979, 0x85AA43D4,
	0x783125BB, 0x6CA8EAA2, 0xE407EAC6, 0x4B5CFC3E, 0x9FBF8C76, 0x15CA20BE, 0xF2CA9FD3, 0x959BD756,
}

// Of returns the checksum of a page at a block of its relation.
func Of(page []byte, block uint32) uint16 {
	state := offsets
	for row := 0; row < len(page); row += 4 * sums {
		for i := range sums {
			at := row + 4*i
			word := binary.NativeEndian.Uint32(page[at:])
			if at == atChecksum {
				word &^= 0xffff << shift
			}
			state[i] = mix(state[i], word)
		}
	}
	for range 2 {
		for i := range sums {
			state[i] = mix(state[i], 0)
		}
	}
	all := block
	for _, s := range state {
		all ^= s
	}
	return uint16(all%65535) + 1 //nolint:gosec // below 65535
}

// shift is where pd_checksum, two bytes, lies in its word on this machine.
var shift = func() int {
	if binary.NativeEndian.Uint16([]byte{1, 0}) == 1 {
		return 0
	}
	return 16
}()

func mix(sum, value uint32) uint32 {
	sum ^= value
	return sum*prime ^ sum>>17
}

// Matches tells whether a page is as it was written. A page of zeros, which was
// never used, has no checksum.
func Matches(page []byte, block uint32) bool {
	if binary.NativeEndian.Uint16(page[atUpper:]) == 0 {
		return zeros(page)
	}
	return binary.NativeEndian.Uint16(page[atChecksum:]) == Of(page, block)
}

func zeros(page []byte) bool {
	for _, b := range page {
		if b != 0 {
			return false
		}
	}
	return true
}
