package devicesim

import (
	"os"
	"path/filepath"
	"testing"
	"testing/quick"
)

// fuzzPlatform checks that any bytes get a verdict that agrees with itself.
func fuzzPlatform(f *testing.F, platform string, unwrap func([]byte) []byte) {
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, file := range [][]byte{data, unwrap(data)} {
			v, err := Check(platform, file, Options{Now: testNow})
			if err != nil {
				t.Fatal(err)
			}
			if v.Accepted != (len(v.Refusals) == 0) || v.Accepted != (v.View != nil) {
				t.Fatalf("a verdict at odds with itself: %+v", v)
			}
			if (v.Err() == nil) != v.Accepted {
				t.Fatal("Err and Accepted disagree")
			}
			again, _ := Check(platform, file, Options{Now: testNow})
			if again.Accepted != v.Accepted || len(again.Refusals) != len(v.Refusals) {
				t.Fatal("the same bytes got two verdicts")
			}
		}
	})
}

func same(b []byte) []byte { return b }

func FuzzCheckAndroid(f *testing.F) {
	files, err := filepath.Glob("testdata/android/*.config")
	if err != nil || len(files) == 0 {
		f.Fatal("no seeds")
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte(newAndroidFile().message()))
	f.Add([]byte(newAndroidFile().xml))
	// Bytes are tried as a file, and as the message and as the profile inside one.
	fuzzPlatform(f, Android, func(b []byte) []byte {
		if len(b) > 0 && b[0] == '<' {
			file := newAndroidFile()
			file.xml = string(b)
			return file.bytes()
		}
		return encode(string(b))
	})
}

func FuzzCheckIOS(f *testing.F) {
	f.Add(newAppleFile().bytes())
	f.Add([]byte(newAppleFile().xml))
	f.Add(inPieces())
	fuzzPlatform(f, IOS, func(b []byte) []byte {
		if len(b) > 0 && b[0] == '<' {
			file := newAppleFile()
			file.xml = string(b)
			return file.bytes()
		}
		return b
	})
}

func FuzzCheckMacOS(f *testing.F) {
	f.Add(newAppleFile().bytes())
	f.Add([]byte(newAppleFile().xml))
	fuzzPlatform(f, MacOS, same)
}

// TestAnyBytes gives every platform random bytes, so that each has been tried even where no fuzzing is done.
func TestAnyBytes(t *testing.T) {
	for _, p := range Platforms() {
		err := quick.Check(func(data []byte) bool {
			v, err := Check(p, data, Options{})
			return err == nil && !v.Accepted && v.Err() != nil
		}, nil)
		if err != nil {
			t.Errorf("%s: %v", p, err)
		}
	}
	if _, err := Check("symbian", nil, Options{}); err == nil {
		t.Error("an unknown platform is no error")
	}
}
