package devicesim

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509/pkix"
	"encoding/asn1"
	"hash"
	"math/big"
)

var (
	oidPBEWithSHA13DES = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 1, 3}
	oidPBES2           = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}
	oidPBKDF2          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}
	oidHMACSHA256      = asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 9}
	oidHMACSHA1        = asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 7}
	aesKeySizes        = map[string]int{
		"2.16.840.1.101.3.4.1.2":  16,
		"2.16.840.1.101.3.4.1.22": 24,
		"2.16.840.1.101.3.4.1.42": 32,
	}
)

// decryptPKCS12 undoes password encryption: PBES2 with AES (RFC 8018), or the old scheme of RFC 7292 with
// triple DES.
func decryptPKCS12(alg pkix.AlgorithmIdentifier, data []byte, password string, bmp []byte) ([]byte, error) {
	var block cipher.Block
	var iv []byte
	var err error
	switch {
	case alg.Algorithm.Equal(oidPBES2):
		block, iv, err = pbes2(alg.Parameters.FullBytes, password)
	case alg.Algorithm.Equal(oidPBEWithSHA13DES):
		var p struct {
			Salt       []byte
			Iterations int
		}
		if _, e := asn1.Unmarshal(alg.Parameters.FullBytes, &p); e != nil || p.Iterations < 1 || p.Iterations > maxIterations {
			return nil, errPKCS12
		}
		iv = pkcs12KDF(sha1.New, bmp, p.Salt, p.Iterations, 2, des.BlockSize)
		block, err = des.NewTripleDESCipher(pkcs12KDF(sha1.New, bmp, p.Salt, p.Iterations, 1, 24))
	default:
		return nil, errPKCS12Cipher
	}
	if err != nil {
		return nil, err
	}
	size := block.BlockSize()
	if len(data) == 0 || len(data)%size != 0 || len(iv) != size {
		return nil, errPKCS12
	}
	plain := make([]byte, len(data))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(plain, data)
	pad := int(plain[len(plain)-1])
	if pad < 1 || pad > size {
		return nil, errPKCS12Password
	}
	for _, b := range plain[len(plain)-pad:] {
		if int(b) != pad {
			return nil, errPKCS12Password
		}
	}
	return plain[:len(plain)-pad], nil
}

func pbes2(parameters []byte, password string) (cipher.Block, []byte, error) {
	var p struct{ KDF, Cipher pkix.AlgorithmIdentifier }
	if _, err := asn1.Unmarshal(parameters, &p); err != nil {
		return nil, nil, errPKCS12
	}
	size, known := aesKeySizes[p.Cipher.Algorithm.String()]
	if !known || !p.KDF.Algorithm.Equal(oidPBKDF2) {
		return nil, nil, errPKCS12Cipher
	}
	var k struct {
		Salt       []byte
		Iterations int
		KeyLength  int                      `asn1:"optional"`
		PRF        pkix.AlgorithmIdentifier `asn1:"optional"`
	}
	if _, err := asn1.Unmarshal(p.KDF.Parameters.FullBytes, &k); err != nil || k.Iterations < 1 || k.Iterations > maxIterations {
		return nil, nil, errPKCS12
	}
	var iv []byte
	if _, err := asn1.Unmarshal(p.Cipher.Parameters.FullBytes, &iv); err != nil {
		return nil, nil, errPKCS12
	}
	newHash := func() hash.Hash { return sha1.New() }
	switch {
	case k.PRF.Algorithm == nil, k.PRF.Algorithm.Equal(oidHMACSHA1):
	case k.PRF.Algorithm.Equal(oidHMACSHA256):
		newHash = sha256.New
	default:
		return nil, nil, errPKCS12Cipher
	}
	key, err := pbkdf2.Key(newHash, password, k.Salt, k.Iterations, size)
	if err != nil {
		return nil, nil, errPKCS12
	}
	block, err := aes.NewCipher(key)
	return block, iv, err
}

// pkcs12KDF derives a key (purpose 1), an initialisation vector (2) or a MAC key (3) by RFC 7292 appendix B.
func pkcs12KDF(newHash func() hash.Hash, password, salt []byte, iterations int, purpose byte, size int) []byte {
	h := newHash()
	v := h.BlockSize()
	repeat := func(in []byte) []byte {
		if len(in) == 0 {
			return nil
		}
		out := make([]byte, (len(in)+v-1)/v*v)
		for i := range out {
			out[i] = in[i%len(in)]
		}
		return out
	}
	diversifier := make([]byte, v)
	for i := range diversifier {
		diversifier[i] = purpose
	}
	block := append(repeat(salt), repeat(password)...)
	one := big.NewInt(1)
	modulus := new(big.Int).Lsh(one, uint(8*v))
	var out []byte
	for {
		h.Reset()
		h.Write(diversifier)
		h.Write(block)
		a := h.Sum(nil)
		for range iterations - 1 {
			h.Reset()
			h.Write(a)
			a = h.Sum(a[:0])
		}
		if out = append(out, a...); len(out) >= size {
			return out[:size]
		}
		b := make([]byte, v)
		for i := range b {
			b[i] = a[i%len(a)]
		}
		add := new(big.Int).Add(new(big.Int).SetBytes(b), one)
		for i := 0; i < len(block); i += v {
			part := new(big.Int).SetBytes(block[i : i+v])
			part.Mod(part.Add(part, add), modulus)
			part.FillBytes(block[i : i+v])
		}
	}
}
