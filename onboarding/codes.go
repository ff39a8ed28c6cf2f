package onboarding

import (
	"slices"
	"strings"
)

// ParseLanguage parses an ISO 639-1 code. A withdrawn code becomes its successor.
func ParseLanguage(field, text string) (string, error) {
	if code := currentLanguage(text); isCode(code, languageCodes) {
		return code, nil
	}
	return "", InvalidField(field, "not an ISO 639-1 language")
}

// ParseCountry parses an ISO 3166-1 alpha-2 code. The reserved code UK becomes GB; all other
// reserved codes (AC, EU, IC) and codes of former countries are refused.
func ParseCountry(field, text string) (string, error) {
	code := strings.ToUpper(text)
	if code == "UK" {
		code = "GB"
	}
	if isCode(code, countryCodes) {
		return code, nil
	}
	return "", InvalidField(field, "not an ISO 3166-1 alpha-2 country")
}

// replacedLanguages maps withdrawn ISO 639-1 codes to their successors. Java, and so Android,
// continued to send some of them for years.
var replacedLanguages = map[string]string{
	"in": "id", "iw": "he", "ji": "yi", "jw": "jv", "mo": "ro", "sh": "sr",
}

// currentLanguage returns a language code in lower case, with a withdrawn code replaced by its
// successor.
func currentLanguage(code string) string {
	code = strings.ToLower(code)
	if current, ok := replacedLanguages[code]; ok {
		return current
	}
	return code
}

// CurrentLanguage returns the current language code of a tag such as it-CH or iw_IL, in lower
// case.
func CurrentLanguage(tag string) string {
	base, _, _ := strings.Cut(strings.ReplaceAll(strings.TrimSpace(tag), "_", "-"), "-")
	return currentLanguage(base)
}

// LanguageCodes returns the current codes of ISO 639-1.
func LanguageCodes() []string { return strings.Fields(languageCodes) }

// CountryCodes returns the officially assigned codes of ISO 3166-1 alpha-2.
func CountryCodes() []string { return strings.Fields(countryCodes) }

// isCode reports whether code is one of the words.
func isCode(code, words string) bool {
	return len(code) == 2 && slices.Contains(strings.Fields(words), code)
}

// languageCodes are the current codes of ISO 639-1.
const languageCodes = `
aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de
dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia
id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo
lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl
ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk
tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
`

// countryCodes are the officially assigned codes of ISO 3166-1 alpha-2.
const countryCodes = `
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS
BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE
EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM
HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC
LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA
NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW
SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO
TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
`
