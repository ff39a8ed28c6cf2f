package server

import "strings"

// block is a piece of a description: a heading, a paragraph, or a list. Descriptions are in a small part of CommonMark: "## " headings, paragraphs, "- "
// lists, and `code`.
type block struct {
	Heading string
	ID      string   // of a heading
	Lines   [][]span // one, of a paragraph; one for each item of a list
	List    bool
}

// span is text within a line.
type span struct {
	Text string
	Code bool
}

// prose parses a description.
func prose(text string) []block {
	var blocks []block
	for _, part := range strings.Split(strings.TrimSpace(text), "\n\n") {
		part = strings.TrimSpace(part)
		switch {
		case part == "":
		case strings.HasPrefix(part, "## "):
			heading := part[3:]
			blocks = append(blocks, block{Heading: heading, ID: strings.ReplaceAll(strings.ReplaceAll(strings.ToLower(heading), ",", ""), " ", "-")})
		case strings.HasPrefix(part, "- "):
			b := block{List: true}
			for _, item := range strings.Split(part[2:], "\n- ") {
				b.Lines = append(b.Lines, spans(item))
			}
			blocks = append(blocks, b)
		default:
			blocks = append(blocks, block{Lines: [][]span{spans(part)}})
		}
	}
	return blocks
}

// spans parts a line at its backticks.
func spans(line string) []span {
	var list []span
	for i, text := range strings.Split(strings.Join(strings.Fields(line), " "), "`") {
		if text != "" {
			list = append(list, span{text, i%2 == 1})
		}
	}
	return list
}
