//go:build !linux

package bench

import (
	"runtime"
	"syscall"
	"time"
)

const errSystem = missingError("only Linux shows the processor time and memory of another process")

func processorTime(int) (time.Duration, error) { return 0, errSystem }

func resident(int) (now, peak float64, err error) { return 0, 0, errSystem }

func resetPeak(int) error { return errSystem }

func machineOf(string) Machine { return Machine{Cores: runtime.NumCPU(), Kernel: runtime.GOOS} }

func asPostgres(string) (*syscall.SysProcAttr, error) { return nil, nil }
