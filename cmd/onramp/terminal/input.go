package terminal

import (
	"context"
	"io"
	"sync"
)

// Input reads a source that may block until someone writes, such as standard input or a named pipe.
// Its Read returns the context's error as soon as the context ends. The source is opened by the
// first Read, which may block, too.
func Input(ctx context.Context, open func() (io.Reader, error)) io.Reader {
	return &input{ctx: ctx, open: open}
}

// input copies its source in the background, because a blocked read cannot be ended. What was read
// and not asked for is lost at the end of the context.
type input struct {
	ctx   context.Context
	open  func() (io.Reader, error)
	begin sync.Once
	pipe  *io.PipeReader
}

// Read implements io.Reader.
func (i *input) Read(p []byte) (int, error) {
	i.begin.Do(func() {
		var to *io.PipeWriter
		i.pipe, to = io.Pipe()
		context.AfterFunc(i.ctx, func() { to.CloseWithError(i.ctx.Err()) })
		go func() {
			source, err := i.open()
			if err == nil {
				_, err = io.Copy(to, source)
			}
			to.CloseWithError(err)
		}()
	})
	return i.pipe.Read(p)
}
