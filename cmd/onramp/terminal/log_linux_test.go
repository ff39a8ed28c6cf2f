package terminal

import (
	"bufio"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"onramp/onboarding/testkit/process"
)

// TestLogFormat checks the format of a line in a terminal and elsewhere, without and with
// --log-format.
func TestLogFormat(t *testing.T) {
	for _, tt := range []struct {
		format   string
		terminal bool
		json     bool
	}{
		{"", true, false}, {"json", true, true}, {"text", true, false},
		{"", false, true}, {"json", false, true}, {"text", false, false},
	} {
		read, write, err := os.Pipe()
		if tt.terminal {
			read, write = process.Terminal(t)
		}
		if err != nil {
			t.Fatal(err)
		}
		log, err := NewLog(tt.format, write)
		if err != nil {
			t.Fatal(err)
		}
		log.Info("serving", "listen", "127.0.0.1:8080")
		line, err := bufio.NewReader(read).ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		var entry map[string]string
		isJSON := json.Unmarshal([]byte(line), &entry) == nil && entry["listen"] == "127.0.0.1:8080"
		isText := strings.Contains(line, " msg=serving listen=127.0.0.1:8080")
		if isJSON != tt.json || isText == tt.json {
			t.Errorf("--log-format %q, terminal %t: %s", tt.format, tt.terminal, line)
		}
	}
}
