package store

import (
	"sync"
	"time"
)

// gate counts the running reads and can block new ones for a moment, so that a checkpoint runs
// without any.
type gate struct {
	mu     sync.Mutex
	active int
	shut   chan struct{} // closed when the gate opens; nil while it is open
	idle   chan struct{} // closed when no read is running; nil unless awaited
}

// enter begins a read, waiting while the gate is shut.
func (g *gate) enter() {
	for {
		g.mu.Lock()
		if g.shut == nil {
			g.active++
			g.mu.Unlock()
			return
		}
		shut := g.shut
		g.mu.Unlock()
		<-shut
	}
}

// leave ends a read.
func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.active--
	if g.active == 0 && g.idle != nil {
		close(g.idle)
		g.idle = nil
	}
}

// quiet blocks new reads, waits up to patience for the running ones to end, runs fn in any case,
// and unblocks reads.
func (g *gate) quiet(patience time.Duration, fn func()) {
	g.mu.Lock()
	g.shut = make(chan struct{})
	var idle chan struct{}
	if g.active > 0 {
		idle = make(chan struct{})
		g.idle = idle
	}
	g.mu.Unlock()
	defer func() {
		g.mu.Lock()
		close(g.shut)
		g.shut, g.idle = nil, nil
		g.mu.Unlock()
	}()
	if idle != nil {
		timer := time.NewTimer(patience)
		defer timer.Stop()
		select {
		case <-idle:
		case <-timer.C:
		}
	}
	fn()
}
