package process

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// CPU returns the processor time of all threads of a process, by clock_getcpuclockid(3);
// /proc/PID/stat counts hundredths of a second, which is too coarse.
func CPU(t testing.TB, pid int) time.Duration {
	t.Helper()
	var spent unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|2), &spent); err != nil {
		t.Fatal(err)
	}
	return time.Duration(spent.Nano())
}
