package devicesim

import (
	"errors"
	"strings"
)

// parseSchema parses a document of a format that a schema defines: UTF-8 with an XML declaration and without
// a DOCTYPE.
func parseSchema(file []byte) (*resolved, error) {
	var x xmlReader
	root, err := x.parse(file)
	switch {
	case err != nil:
		return nil, err
	case !x.hasDeclaration || x.encoding != "" && !strings.EqualFold(x.encoding, "UTF-8"):
		return nil, errors.New("no XML declaration for UTF-8")
	case x.hasDoctype:
		return nil, errors.New("a DOCTYPE")
	}
	return resolve(root, nil), nil
}
