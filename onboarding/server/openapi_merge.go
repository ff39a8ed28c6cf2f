package server

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"go.yaml.in/yaml/v3"

	"onramp/templates"
)

// openAPIFiles are the parts of the document in the order in which a reader meets them.
func openAPIFiles() ([][]byte, error) {
	var parts [][]byte
	for _, name := range []string{
		"document", "access", "policies", "networks", "customers", "credentials", "verifications", "devices", "guids",
		"profiles", "app_profiles", "installations", "contacts", "consents", "contact_export",
		"events", "connections", "stations", "connectivity", "statistics", "webhooks", "webhook_events", "locations",
		"hotspots", "links", "pages", "captive_portal", "verification_pages", "radius", "reference",
	} {
		part, err := templates.OpenAPI.ReadFile("openapi/" + name + ".yaml")
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
	all, err := fs.Glob(templates.OpenAPI, "openapi/*.yaml")
	if err == nil && len(all) != len(parts) {
		err = fmt.Errorf("%d of %d files of templates/openapi are in the document", len(parts), len(all))
	}
	return parts, err
}

// mergeYAML makes one mapping of several: mappings are joined member by member, and anything else
// may stand in one part only. Order stays, comments go.
func mergeYAML(parts [][]byte) (*yaml.Node, error) {
	root := &yaml.Node{Kind: yaml.MappingNode}
	for _, part := range parts {
		var document yaml.Node
		if err := yaml.Unmarshal(part, &document); err != nil {
			return nil, err
		}
		if len(document.Content) != 1 {
			return nil, errors.New("an empty YAML document")
		}
		uncomment(&document)
		if err := mergeInto(root, document.Content[0], ""); err != nil {
			return nil, err
		}
	}
	return root, nil
}

func mergeInto(to, from *yaml.Node, path string) error {
	if to.Kind != yaml.MappingNode || from.Kind != yaml.MappingNode {
		return fmt.Errorf("%s stands in two files", path)
	}
	for i := 0; i+1 < len(from.Content); i += 2 {
		key, value := from.Content[i], from.Content[i+1]
		if known := member(to, key.Value); known != nil {
			if err := mergeInto(known, value, path+"/"+key.Value); err != nil {
				return err
			}
			continue
		}
		to.Content = append(to.Content, key, value)
	}
	return nil
}

func uncomment(n *yaml.Node) {
	n.HeadComment, n.LineComment, n.FootComment = "", "", ""
	for _, c := range n.Content {
		uncomment(c)
	}
}

// member returns a mapping's value, or nil.
func member(n *yaml.Node, name string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return n.Content[i+1]
		}
	}
	return nil
}

// nameServer puts the deployment's own address in place of the example's.
func nameServer(root *yaml.Node, publicURL string) error {
	servers := member(root, "servers")
	if servers == nil || len(servers.Content) != 1 || member(servers.Content[0], "url") == nil {
		return errors.New("the document names no server")
	}
	if publicURL != "" {
		member(servers.Content[0], "url").SetString(publicURL)
	}
	return nil
}

func writeYAML(root *yaml.Node) ([]byte, error) {
	var out bytes.Buffer
	e := yaml.NewEncoder(&out)
	e.SetIndent(2)
	if err := e.Encode(root); err != nil {
		return nil, err
	}
	return out.Bytes(), e.Close()
}

// methods are the members of a path item that are operations.
const methods = " get put post delete options head patch trace "

// describeAccess adds the permitted callers, from the extensions of the operation, to its
// description,
func describeAccess(root *yaml.Node) error {
	paths := member(root, "paths")
	if paths == nil {
		return errors.New("the document has no paths")
	}
	for i := 1; i < len(paths.Content); i += 2 {
		item := paths.Content[i]
		for j := 0; j+1 < len(item.Content); j += 2 {
			if !strings.Contains(methods, " "+item.Content[j].Value+" ") {
				continue
			}
			operation := item.Content[j+1]
			text, who, scope := member(operation, "description"), member(operation, "x-onramp-who"), member(operation,
				"x-onramp-scope")
			if text == nil || who == nil {
				return fmt.Errorf("%s %s: no description or no x-onramp-who", item.Content[j].Value,
					paths.Content[i-1].Value)
			}
			named := ""
			if scope != nil {
				named = scope.Value
			}
			sentence, err := whoMayCall(who.Value, named)
			if err != nil {
				return err
			}
			text.Value = strings.TrimSpace(text.Value) + "\n\nWho may call it: " + sentence + "\n"
			text.Style = yaml.LiteralStyle
		}
	}
	return nil
}

// operators names the roles of operators.
const operators = "an organizationManager, a locationManager for the people of its location, or support"

// whoMayCall is x-onramp-who and x-onramp-scope in words.
func whoMayCall(who, scope string) (string, error) {
	with := ""
	if scope != "" {
		with = " with " + scope
	}
	switch who {
	case "anybody":
		return "anybody; no token is looked at.", nil
	case "anyToken":
		return "any token" + with + ".", nil
	case "manager":
		return "an organizationManager" + with + ".", nil
	case "peopleManager":
		return "an organizationManager, or a locationManager for the people of its location," + with + ".", nil
	case "operator":
		return operators + with + ".", nil
	case "support":
		return operators + with + " (support: customer_read).", nil
	case "proven":
		return "a publicApp" + with + " and a proof of the customer (a guid, or the token that created or checked" +
			" the customer), or " + operators + with + ".", nil
	case "radius":
		return "FreeRADIUS, by HTTP Basic: user radius, the AAA secret.", nil
	}
	return "", fmt.Errorf("x-onramp-who %q is not known", who)
}
