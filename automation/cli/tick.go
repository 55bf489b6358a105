package cli

import (
	"context"
	"sync"
	"time"
)

// tickEvery is the time between two progress lines.
const tickEvery = 5 * time.Second

// tick calls report with the elapsed time in whole seconds, first after the time
// first and then after each time every. It ends when ctx is done or stop is called;
// stop waits for a report that is running.
func tick(ctx context.Context, first, every time.Duration, report func(elapsed time.Duration)) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	start := time.Now()
	var ended sync.WaitGroup
	ended.Go(func() {
		timer := time.NewTimer(first)
		defer timer.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-timer.C:
				report(time.Since(start).Round(time.Second))
				timer.Reset(every)
			}
		}
	})
	return func() {
		cancel()
		ended.Wait()
	}
}
