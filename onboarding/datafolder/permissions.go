package datafolder

import (
	"io/fs"
	"os"
	"runtime"
)

// Exposed returns the given files that the group or other users of this machine
// may access, with their modes. Missing files are ignored. On Windows, which has
// no such modes, the result is empty.
func Exposed(paths ...string) map[string]fs.FileMode {
	exposed := map[string]fs.FileMode{}
	if runtime.GOOS == "windows" {
		return exposed
	}
	for _, path := range paths {
		if info, err := os.Stat(path); path != "" && err == nil && info.Mode().Perm()&0o077 != 0 {
			exposed[path] = info.Mode().Perm()
		}
	}
	return exposed
}
