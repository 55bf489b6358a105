package cli

import (
	"context"
	"sync"
	"time"
)

// tickEvery is the time between two lines about something that goes on.
const tickEvery = 5 * time.Second

// tick calls report with the time elapsed, in whole seconds, first after the
// time given, then again and again, until ctx is done or the function returned
// is called; that waits for a report under way.
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
