package store

import "encoding/binary"

// scrubPage sets to zero every byte of a b-tree page that holds no live data, and reports whether there was one that was not zero.
// SQLite's secure_delete does so for the cells that it deletes, but not for the copies that stay behind on a page when the b-tree is
// balanced and its cells move to a neighbour. Any other page is left as it is. number is the page's, from 1.
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
	case 2, 5: // interior pages have a pointer more
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
		return false // not sound: nothing to be improved here
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

// clean sets the bytes to zero and reports whether one was not.
func clean(b []byte) bool {
	for i, c := range b {
		if c != 0 {
			clear(b[i:])
			return true
		}
	}
	return false
}
