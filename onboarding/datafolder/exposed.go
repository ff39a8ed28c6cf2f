package datafolder

import (
	"io/fs"
	"os"
	"runtime"
)

// Secrets returns the paths of the folder's files that hold secrets, whether they exist or not.
func (f *Folder) Secrets() []string {
	return []string{f.Path(masterKeyFile), f.Path(aaaSecretFile), f.Path(demoFile), f.Database()}
}

// Exposed returns those of the files that other users of this machine may read, with their modes. A file that is not there
// is passed over, and so is everything where files have no such modes.
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
