// Package concurrent calls functions at the same time.
package concurrent

import (
	"errors"

	"golang.org/x/sync/errgroup"
)

// Run calls all functions, at most limit of them at the same time. It returns one error per function, nil on success,
// in the order of the functions, so that a message does not depend on which function fails first.
func Run(limit int, functions ...func() error) []error {
	errs := make([]error, len(functions))
	var group errgroup.Group
	group.SetLimit(limit)
	for i, function := range functions {
		group.Go(func() error {
			errs[i] = function()
			return nil // an error does not stop the other functions
		})
	}
	_ = group.Wait() // the errors are in errs
	return errs
}

// Map calls the function for all items, at most limit calls at the same time. It returns the results in the order of
// the items. The error joins the errors of all items.
func Map[T, R any](limit int, items []T, function func(T) (R, error)) ([]R, error) {
	results := make([]R, len(items))
	functions := make([]func() error, len(items))
	for i, item := range items {
		functions[i] = func() (err error) {
			results[i], err = function(item)
			return err
		}
	}
	return results, errors.Join(Run(limit, functions...)...)
}
