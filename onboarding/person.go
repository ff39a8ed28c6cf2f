package onboarding

import (
	"strings"
	"time"
)

func parseGender(field, text string) (string, error) {
	switch strings.ToLower(text) {
	case "m", "male":
		return "male", nil
	case "f", "female":
		return "female", nil
	case "o", "other":
		return "other", nil
	}
	return "", InvalidField(field, "not M, F, O, male, female or other")
}

func parseBirthDate(field, text string) (string, error) {
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return "", InvalidField(field, "not a date YYYY-MM-DD")
	}
	if day.Year() < 1900 || day.After(time.Now()) {
		return "", InvalidField(field, "not a date of birth")
	}
	return text, nil
}
