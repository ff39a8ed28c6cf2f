package auth

import (
	"strings"
	"unicode"
)

// leastVariety is the minimum number of different letters and digits of a guid.
const leastVariety = 8

// commonGuid reports whether a guid is a placeholder of devices and libraries: a few
// different characters, a repeated text, a sequence of digits or letters, or a known
// constant. It ignores case and separators.
func commonGuid(guid string) bool {
	var signs []rune
	different := map[rune]bool{}
	for _, r := range strings.ToLower(guid) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			signs = append(signs, r)
			different[r] = true
		}
	}
	return len(different) < leastVariety || repeated(signs) || counted(signs) || commonGuids[string(signs)]
}

// repeated reports whether a text is a repetition of a shorter one.
func repeated(signs []rune) bool {
	for period := 1; period <= len(signs)/2; period++ {
		if len(signs)%period != 0 {
			continue
		}
		i := period
		for i < len(signs) && signs[i] == signs[i-period] {
			i++
		}
		if i == len(signs) {
			return true
		}
	}
	return false
}

// sequences are the orders of characters that counted detects.
var sequences = []string{
	"0123456789",
	"0123456789abcdef",
	"1234567890abcdef",
	"abcdefghijklmnopqrstuvwxyz",
	"0123456789abcdefghijklmnopqrstuvwxyz",
}

// counted reports whether a text counts up or down through one of the sequences.
func counted(signs []rune) bool {
	for _, row := range sequences {
		up, down := true, true
		for i := 1; i < len(signs) && (up || down); i++ {
			before, at := strings.IndexRune(row, signs[i-1]), strings.IndexRune(row, signs[i])
			if before < 0 || at < 0 {
				up, down = false, false
				break
			}
			up = up && (before+1)%len(row) == at
			down = down && (at+1)%len(row) == before
		}
		if up || down {
			return true
		}
	}
	return false
}

// commonGuids are known constants that look like guids, in lower case and without
// separators.
var commonGuids = map[string]bool{
	// the ANDROID_ID of many Android 2.2 phones
	"9774d56d682e549c":                                                 true,
	"0000000054b3e7c70000000046bffd97":                                 true, // UUIDs of phones without identifiers
	"ffffffff54b3e7c70000000046bffd97":                                 true, // likewise
	"0000000000001000800000805f9b34fb":                                 true, // the base UUID of Bluetooth
	"550e8400e29b41d4a716446655440000":                                 true, // UUIDs of documentation
	"123e4567e89b12d3a456426614174000":                                 true, // likewise
	"123e4567e89b12d3a456426655440000":                                 true, // likewise
	"f47ac10b58cc4372a5670e02b2c3d479":                                 true, // likewise
	"f81d4fae7dec11d0a76500a0c91e6bf6":                                 true, // likewise
	"12345678123412341234123456789abc":                                 true, // likewise
	"12345678123412341234123456789012":                                 true, // likewise
	"123456781234123412341234567890ab":                                 true, // likewise
	"00112233445566778899aabbccddeeff":                                 true, // likewise
	"ffeeddccbbaa99887766554433221100":                                 true, // likewise
	"6ba7b8109dad11d180b400c04fd430c8":                                 true, // name spaces of RFC 4122
	"6ba7b8119dad11d180b400c04fd430c8":                                 true, // likewise
	"6ba7b8129dad11d180b400c04fd430c8":                                 true, // likewise
	"6ba7b8149dad11d180b400c04fd430c8":                                 true, // likewise
	"d41d8cd98f00b204e9800998ecf8427e":                                 true, // MD5 of nothing
	"da39a3ee5e6b4b0d3255bfef95601890afd80709":                         true, // SHA-1 of nothing
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855": true, // SHA-256 of nothing
	"37a6259cc0c1dae299a7866489dff0bd":                                 true, // MD5 of "null"
	"2be88ca4242c76e8253ac62474851065032d6833":                         true, // SHA-1 of "null"
	"74234e98afe7498fb5daf1f36ac2d78acc339464f950703b8c019892f982b90b": true, // SHA-256 of "null"
	"ad921d60486366258809553a3db49a4a":                                 true, // MD5 of "unknown"
	"50d8b4a941c26b89482c94ab324b5a274f9ced66":                         true, // SHA-1 of "unknown"
	"b23a6a8439c0dde5515893e7c90c1e3233b8616e634470f20dc4928bcf3609bc": true, // SHA-256 of "unknown"
	"5e543256c480ac577d30f76f9120eb74":                                 true, // MD5 of "undefined"
	"d5d4cd07616a542891b7ec2d0257b3a24b69856e":                         true, // SHA-1 of "undefined"
	"eb045d78d273107348b0300c01d29b7552d622abbc6faf81b3ec55359aa9950c": true, // SHA-256 of "undefined"
	"5284047f4ffb4e04824a2fd1d1f0cd62":                                 true, // MD5 of an emulator's IMEI
	"c02c705e98588f724ca046ac59cafece65501e36":                         true, // SHA-1 of an emulator's IMEI
	"14bdcd6fd64180af5e7791df91b6af8e9a3e7bc844997eb8c29252706df97ca5": true, // SHA-256 of an emulator's IMEI
	"0f607264fc6318a92b9e13c65db7cd3c":                                 true, // MD5 of Android's constant MAC address
	"c1976429369bfe063ed8b3409db7c7e7d87196d9":                         true, // SHA-1 of Android's constant MAC address
	// SHA-256 of Android's constant MAC address
	"c248c629af1fe0a8c46b95668064c1d2952a9e91d207bc0cc3c5d584c2f7553a": true,
	"9f89c84a559f573636a47ff8daed0d33":                                 true, // MD5 of the nil UUID
	"b602d594afd2b0b327e07a06f36ca6a7e42546d0":                         true, // SHA-1 of the nil UUID
	"12b9377cbe7e5c94e8a70d9d23929523d14afa954793130f8a3959c7b849aca8": true, // SHA-256 of the nil UUID
}
