package onboarding

import "strings"

// foldRealm is how realms are compared: RFC 7542 realms are domain names, so case does not count.
func foldRealm(realm string) string { return strings.ToLower(realm) }

// cutLastAt splits a NAI at its last @ (RFC 7542: the realm follows it).
func cutLastAt(nai string) (user, realm string, found bool) {
	i := strings.LastIndexByte(nai, '@')
	if i < 0 {
		return nai, "", false
	}
	return nai[:i], nai[i+1:], true
}
