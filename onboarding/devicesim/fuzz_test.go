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

func FuzzCheckWindows(f *testing.F) {
	f.Add(newWindowsFile().bytes())
	f.Add([]byte(newWindowsFile().xml))
	fuzzPlatform(f, Windows, same)
}

func FuzzCheckChromeOS(f *testing.F) {
	f.Add(oncFixture().bytes())
	fuzzPlatform(f, ChromeOS, same)
}

func FuzzCheckLinux(f *testing.F) {
	f.Add(linuxFixture().bytes())
	fuzzPlatform(f, Linux, same)
}

func FuzzCheckIWD(f *testing.F) {
	f.Add(iwdFixture().bytes())
	f.Add([]byte(iwdFixture()[0].text))
	fuzzPlatform(f, IWD, func(b []byte) []byte { return iwdDocument{{name: "hotspot/a.conf", text: string(b)}}.bytes() })
}

func FuzzCheckNetworkManager(f *testing.F) {
	f.Add(networkManagerFixture().bytes())
	fuzzPlatform(f, NetworkManager, same)
}

func FuzzCheckEAPConfig(f *testing.F) {
	f.Add(eapConfigFixture().bytes())
	fuzzPlatform(f, EAPConfig, same)
}

func FuzzCheckSettingsIOS(f *testing.F) {
	f.Add(settingsIOSFixture().bytes())
	fuzzPlatform(f, SettingsIOS, same)
}

func FuzzCheckSettingsAndroid(f *testing.F) {
	f.Add(settingsAndroidFixture().bytes())
	fuzzPlatform(f, SettingsAndroid, same)
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
