package doctor

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"strconv"
	"time"

	"onramp/certs"
)

// Pair checks a certificate chain and its key. If roots are given, the chain must end at one of
// them. Otherwise a chain that the system's roots do not verify is a warning, because phones
// without the private root show the profile as not verified.
func Pair(name, certFile, keyFile string, use certs.Use, now time.Time, roots ...*x509.Certificate) Check {
	return func(context.Context) []Line {
		pair, err := certs.LoadPair(certFile, keyFile)
		if err == nil {
			err = pair.CheckChain(now, use, roots...)
		}
		if err != nil {
			return []Line{fail(name, "%v", err)}
		}
		lines := []Line{expiry(name, pair.Chain[0].Subject.CommonName, pair.DaysLeft(now))}
		if _, isRSA := pair.Chain[0].PublicKey.(*rsa.PublicKey); use == certs.ForSigning && !isRSA {
			lines = append(lines,
				warn(name, "%s has no RSA key: Windows accepts RSA signatures only, so it gets no profile", certFile))
		}
		if pair.Warning != "" {
			lines = append(lines, warn(name, "%s", pair.Warning))
		}
		if len(roots) == 0 && !pair.VerifiedBySystem(now) {
			lines = append(lines,
				warn(name, "%s does not lead to a public root: only devices that trust its root accept it", certFile))
		}
		return lines
	}
}

// developmentRoot returns the warning that profiles are signed under a development root.
func developmentRoot(file string) Line {
	return warn("signer", "development certificates: phones show profiles as not verified until %s is installed; "+
		"give --signing-cert and --signing-key", file)
}

// Development returns a warning that the deployment signs with development certificates.
func Development(rootFile string) Check {
	return func(context.Context) []Line { return []Line{developmentRoot(rootFile)} }
}

// expiry returns the line about the end of a certificate.
func expiry(name, subject string, days int) Line {
	line := ok(name, "%s, %d days left", subject, days).as("left", "subject", subject, "days", strconv.Itoa(days))
	switch {
	case days < 0:
		line = fail(name, "%s has expired", subject).as("expired", "subject", subject)
	case days < certs.WarnDays:
		line = warn(name, "%s expires in %d days", subject, days).as("left", line.Args...)
	}
	line.Public = true
	return line
}
