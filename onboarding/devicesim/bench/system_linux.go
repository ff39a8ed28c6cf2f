package bench

import (
	"fmt"
	"os"
	"os/user"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// processorTime returns the processor time of all threads of a process, by clock_getcpuclockid(3).
func processorTime(pid int) (time.Duration, error) {
	var spent unix.Timespec
	err := unix.ClockGettime(int32(^pid<<3|2), &spent)
	return time.Duration(spent.Nano()), err
}

// resident returns the resident memory of a process in MiB, now and at its peak.
func resident(pid int) (now, peak float64, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, 0, err
	}
	return kibibytes(text, "VmRSS") / 1024, kibibytes(text, "VmHWM") / 1024, nil
}

// kibibytes returns the value of a line such as "VmRSS:  1234 kB"; 0 if there is none.
func kibibytes(text []byte, name string) float64 {
	match := regexp.MustCompile(`(?m)^` + name + `:\s+(\d+) kB$`).FindSubmatch(text)
	if match == nil {
		return 0
	}
	n, _ := strconv.ParseFloat(string(match[1]), 64) // digits only
	return n
}

// resetPeak makes the present memory of a process its peak.
func resetPeak(pid int) error {
	return os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", pid), []byte("5"), 0)
}

// machineOf describes this machine and the file system of a folder.
func machineOf(folder string) Machine {
	m := Machine{Cores: runtime.NumCPU()}
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		if match := regexp.MustCompile(`(?m)^model name\s*: (.+)$`).FindSubmatch(text); match != nil {
			m.CPU = string(match[1])
		}
	}
	if text, err := os.ReadFile("/proc/meminfo"); err == nil {
		m.MemoryGiB = kibibytes(text, "MemTotal") / (1 << 20)
	}
	if text, err := os.ReadFile("/proc/loadavg"); err == nil {
		m.Load, _ = strconv.ParseFloat(strings.Fields(string(text))[0], 64) // the kernel's format
	}
	var name unix.Utsname
	if unix.Uname(&name) == nil {
		m.Kernel = unix.ByteSliceToString(name.Sysname[:]) + " " + unix.ByteSliceToString(name.Release[:])
	}
	m.FileSystem = fileSystem(folder)
	return m
}

// fileSystem returns the type of the file system that holds a folder.
func fileSystem(folder string) string {
	text, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return ""
	}
	best, kind := "", ""
	for line := range strings.Lines(string(text)) {
		before, after, _ := strings.Cut(line, " - ")
		fields, rest := strings.Fields(before), strings.Fields(after)
		if len(fields) < 5 || len(rest) < 1 {
			continue
		}
		point := strings.TrimSuffix(fields[4], "/") + "/"
		if strings.HasPrefix(folder+"/", point) && len(point) >= len(best) {
			best, kind = point, rest[0]
		}
	}
	return kind
}

// asPostgres returns the attributes of a process that may run PostgreSQL, which refuses to run as
// root, and gives it a folder.
func asPostgres(folder string) (*syscall.SysProcAttr, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, missingError("PostgreSQL does not run as root, and there is no user postgres")
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}},
		os.Chown(folder, int(uid), int(gid))
}
