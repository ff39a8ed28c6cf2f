package tenantfile

import (
	"io"

	"go.yaml.in/yaml/v3"

	"onramp/onboarding"
)

// Export writes organizations in the form that Parse reads. The same organizations give the same
// bytes, and applying an export changes nothing. Certificates are written inline, secrets as the
// word kept.
func Export(w io.Writer, organizations []*onboarding.Organization) error {
	list := &yaml.Node{Kind: yaml.SequenceNode}
	if len(organizations) == 0 {
		list.Style = yaml.FlowStyle // []
	}
	for _, o := range organizations {
		list.Content = append(list.Content, organizationKeys(o).node(0))
	}
	top := &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{textNode("organizations"), list}}
	encoder := yaml.NewEncoder(w)
	encoder.SetIndent(2)
	if err := encoder.Encode(top); err != nil {
		return err
	}
	return encoder.Close()
}
