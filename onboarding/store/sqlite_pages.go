package store

import "encoding/binary"

// scrubPage sets every byte of a b-tree page outside live data to zero, and reports whether it
// changed any. SQLite's secure_delete does so for deleted cells, but not for the copies that remain
// on a page when balancing the b-tree moves its cells to another page. Other pages are unchanged.
// number is the page's number, from 1.
//
// The format is that of https://www.sqlite.org/fileformat2.html#b_tree_pages.
func scrubPage(page []byte, number int64) bool {
	header := 0
	if number == 1 {
		header = 100 // the header of the file
	}
	if len(page) < header+12 {
		return false
	}
	size := 8
	switch page[header] {
	case 2, 5: // interior pages have one more pointer
		size = 12
	case 10, 13:
	default:
		return false
	}
	word := func(at int) int { return int(binary.BigEndian.Uint16(page[at:])) }
	cells := header + size + 2*word(header+3)
	content := word(header + 5)
	if content == 0 {
		content = 65536
	}
	if content > len(page) || cells > content {
		return false // corrupt: leave it unchanged
	}
	changed := clean(page[cells:content])
	for block, last := word(header+1), content-1; block != 0; {
		if block <= last || block+4 > len(page) {
			break
		}
		next, length := word(block), word(block+2)
		if length < 4 || block+length > len(page) {
			break
		}
		changed = clean(page[block+4:block+length]) || changed
		last, block = block, next
	}
	return changed
}

// clean sets the bytes to zero and reports whether any was not.
func clean(b []byte) bool {
	for i, c := range b {
		if c != 0 {
			clear(b[i:])
			return true
		}
	}
	return false
}
