package sbom

import (
	"encoding/base64"
	"encoding/hex"
	"io"
	"net/url"
	"runtime/debug"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"
	"github.com/google/uuid"
)

// swaggerUI is the part of the program that is no Go module: the API reference's script and style.
var swaggerUI = cdx.Component{
	BOMRef: "pkg:npm/swagger-ui-dist@5.35.0", PackageURL: "pkg:npm/swagger-ui-dist@5.35.0",
	Type: cdx.ComponentTypeLibrary, Name: "swagger-ui-dist", Version: "5.35.0", Scope: cdx.ScopeRequired,
	Licenses: licensed("Apache-2.0"),
}

// Write writes the bill of materials of a build of `onramp`, of that version, as CycloneDX 1.6 in
// JSON. It is the same for each call with the same build: it has no time, and its serial number is
// derived from its content.
func Write(w io.Writer, build *debug.BuildInfo, version string) error {
	var text strings.Builder
	bom := billOf(build, version)
	if err := encode(&text, bom); err != nil {
		return err
	}
	bom.SerialNumber = uuid.NewSHA1(uuid.NameSpaceURL, []byte(text.String())).URN()
	return encode(w, bom)
}

func encode(w io.Writer, bom *cdx.BOM) error {
	encoder := cdx.NewBOMEncoder(w, cdx.BOMFileFormatJSON).SetPretty(true).SetEscapeHTML(false)
	return encoder.EncodeVersion(bom, cdx.SpecVersion1_6)
}

// billOf returns the bill of materials: the program as the subject, and a component for Go's
// standard library, each linked module and each embedded part.
func billOf(build *debug.BuildInfo, version string) *cdx.BOM {
	platform := url.Values{"type": {"module"}}
	var properties []cdx.Property
	for _, s := range build.Settings {
		switch s.Key {
		case "GOOS", "GOARCH":
			platform.Set(strings.ToLower(s.Key), s.Value)
			fallthrough
		case "CGO_ENABLED", "-tags", "-trimpath", "vcs.revision":
			properties = append(properties, cdx.Property{Name: "onramp:build:" + s.Key, Value: s.Value})
		}
	}
	subject := cdx.Component{
		BOMRef: "onramp", Type: cdx.ComponentTypeApplication, Name: "onramp", Version: version,
		Licenses: licensed(ownLicence),
	}
	if len(properties) > 0 {
		subject.Properties = &properties
	}
	components := []cdx.Component{standardLibrary(build, platform)}
	for _, module := range build.Deps {
		components = append(components, componentOf(module, platform))
	}
	components = append(components, swaggerUI)
	all := []string{}
	for _, c := range components {
		all = append(all, c.BOMRef)
	}
	bom := cdx.NewBOM()
	bom.Metadata = &cdx.Metadata{Component: &subject}
	bom.Components = &components
	bom.Dependencies = &[]cdx.Dependency{{Ref: subject.BOMRef, Dependencies: &all}}
	bom.Compositions = &[]cdx.Composition{
		// Every part is listed; Go does not record which module needs which.
		{Aggregate: cdx.CompositionAggregateComplete, Assemblies: references([]string{subject.BOMRef})},
		{Aggregate: cdx.CompositionAggregateIncomplete, Dependencies: references(all)},
	}
	return bom
}

func references(names []string) *[]cdx.BOMReference {
	var all []cdx.BOMReference
	for _, name := range names {
		all = append(all, cdx.BOMReference(name))
	}
	return &all
}

// standardLibrary returns the component of Go's standard library and runtime, by the name and the
// version that vulnerability databases use.
func standardLibrary(build *debug.BuildInfo, platform url.Values) cdx.Component {
	version := strings.TrimPrefix(build.GoVersion, "go")
	version, _, _ = strings.Cut(version, " ") // experiments follow
	address := packageURL("stdlib", version, platform)
	return cdx.Component{
		BOMRef: address, PackageURL: address, Type: cdx.ComponentTypeLibrary, Name: "stdlib", Version: version,
		Scope: cdx.ScopeRequired, Licenses: licensed(goLicence),
	}
}

// componentOf returns the component of a module, or of the module that replaces it.
func componentOf(module *debug.Module, platform url.Values) cdx.Component {
	if module.Replace != nil {
		module = module.Replace
	}
	address := packageURL(module.Path, module.Version, platform)
	c := cdx.Component{
		BOMRef: address, PackageURL: address, Type: cdx.ComponentTypeLibrary,
		Name: module.Path, Version: module.Version, Scope: cdx.ScopeRequired,
		Licenses: licensed(licences[module.Path]),
	}
	if sum, ok := sha256Of(module.Sum); ok {
		c.Hashes = &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: sum}}
	}
	return c
}

// packageURL returns the package URL of a Go module: the type golang requires lower case.
func packageURL(path, version string, qualifiers url.Values) string {
	return "pkg:golang/" + strings.ToLower(path) + "@" + url.QueryEscape(version) + "?" + qualifiers.Encode()
}

// sha256Of returns the hash of a go.sum line (h1:, in base64) in hexadecimal digits.
func sha256Of(sum string) (string, bool) {
	text, found := strings.CutPrefix(sum, "h1:")
	hash, err := base64.StdEncoding.DecodeString(text)
	return hex.EncodeToString(hash), found && err == nil
}

// licensed returns an SPDX expression as the licences of a component; nil for "".
func licensed(expression string) *cdx.Licenses {
	if expression == "" {
		return nil
	}
	if strings.Contains(expression, " ") {
		return &cdx.Licenses{{Expression: expression}}
	}
	return &cdx.Licenses{{License: &cdx.License{ID: expression}}}
}
