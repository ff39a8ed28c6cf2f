package xmldoc

import (
	"errors"
	"strings"
)

// ParseSchema parses a document of a format that a schema defines: UTF-8 with an XML declaration
// and without a DOCTYPE.
func ParseSchema(file []byte) (*Node, error) {
	var x Reader
	root, err := x.Parse(file)
	switch {
	case err != nil:
		return nil, err
	case !x.HasDeclaration || x.Encoding != "" && !strings.EqualFold(x.Encoding, "UTF-8"):
		return nil, errors.New("missing XML declaration for UTF-8")
	case x.HasDoctype:
		return nil, errors.New("DOCTYPE")
	}
	return Resolve(root, nil), nil
}
