package profiles

import (
	"fmt"
	"testing"
)

// BenchmarkDocument makes each document for a different customer, as a server does.
func BenchmarkDocument(b *testing.B) {
	s := exampleSettings()
	s.TrustAnchor = certificate(b, "root.pem")
	s.Passpoint.OpenRoaming = SettlementFree
	p := prepare(b, s)
	for _, platform := range Platforms() {
		b.Run(string(platform), func(b *testing.B) {
			b.ReportAllocs()
			c := exampleCredential()
			n := 0
			for b.Loop() {
				n++
				c.CustomerID = fmt.Sprintf("%032x", n)
				c.Username = c.CustomerID[16:]
				d, err := p.Document(platform, c)
				if err != nil {
					b.Fatal(err)
				}
				b.SetBytes(int64(len(d.Body)))
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "documents/s")
		})
	}
}

// BenchmarkPrepare is paid once for an organization and each change of it.
func BenchmarkPrepare(b *testing.B) {
	s := exampleSettings()
	s.TrustAnchor = certificate(b, "root.pem")
	for b.Loop() {
		if _, err := Prepare(s); err != nil {
			b.Fatal(err)
		}
	}
}
