package devicesim

import "testing"

func appleCases(t *testing.T) []ruleCase { return nil }
