package store

import (
	"sync"
	"time"
)

// gate counts the reads under way and can hold new ones back for a moment, so that a checkpoint finds a time without any.
type gate struct {
	mu     sync.Mutex
	active int
	shut   chan struct{} // closed when reads may begin again; nil while they may
	idle   chan struct{} // closed when no read is under way; nil unless awaited
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

// quiet holds new reads back, waits up to patience for those under way to end, runs fn, and lets reads begin again. Without a quiet
// moment fn is run all the same.
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
