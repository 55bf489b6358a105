package concurrent

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRun(t *testing.T) {
	first, last := errors.New("first"), errors.New("last")
	done := make(chan struct{})

	errs := Run(3,
		func() error { <-done; return first }, // returns last
		func() error { return nil },
		func() error { close(done); return last },
	)

	require.Equal(t, []error{first, nil, last}, errs)
	require.Empty(t, Run(1))
}

func TestRunKeepsTheLimit(t *testing.T) {
	var running atomic.Int32
	var pairs sync.WaitGroup
	pairs.Add(2)
	one := func() error {
		defer running.Add(-1)
		if running.Add(1) > 2 {
			return errors.New("more than two run")
		}
		pairs.Done()
		pairs.Wait() // until two functions run
		return nil
	}
	require.Equal(t, []error{nil, nil}, Run(2, one, one))

	alone := func() error {
		defer running.Add(-1)
		if running.Add(1) > 1 {
			return errors.New("more than one runs")
		}
		return nil
	}
	require.Equal(t, make([]error, 50), Run(1, slices.Repeat([]func() error{alone}, 50)...))
}

func TestMap(t *testing.T) {
	odd := errors.New("odd")
	half := func(n int) (int, error) {
		if n%2 != 0 {
			return 0, odd
		}
		return n / 2, nil
	}
	results, err := Map(2, []int{2, 4, 6}, half)
	require.NoError(t, err)
	require.Equal(t, []int{1, 2, 3}, results)

	results, err = Map(2, []int{2, 3, 5, 8}, half)
	require.EqualError(t, err, "odd\nodd")
	require.Equal(t, []int{1, 0, 0, 4}, results)
}
