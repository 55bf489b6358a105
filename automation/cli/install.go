package cli

import (
	"context"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
)

const (
	// installerAddress is the host from which the Automation API's installer downloads.
	installerAddress = "get.pulumi.com:443"
	// probeTimeout limits the attempt to reach the installer's host, which can take
	// minutes if a firewall drops the packets.
	probeTimeout = 3 * time.Second
	// installTimeout limits the whole download, about 150 MB.
	installTimeout = 10 * time.Minute
)

// installer obtains the CLI with Pulumi's own installer.
type installer struct{}

func (installer) obtain(ctx context.Context, dir string, progress io.Writer) error {
	if err := probe(ctx, installerAddress); err != nil {
		return fmt.Errorf("the Pulumi CLI's installer cannot be reached: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, installTimeout)
	defer cancel()
	fmt.Fprintf(progress, "Installing the Pulumi CLI %s.\n", Version)
	done := tick(ctx, tickEvery, tickEvery, func(elapsed time.Duration) {
		fmt.Fprintf(progress, "Installing the Pulumi CLI: %s.\n", elapsed)
	})
	defer done()
	_, err := auto.InstallPulumiCommand(ctx, &auto.PulumiCommandOptions{Version: pinned(), Root: dir})
	if err != nil {
		return fmt.Errorf("installing the Pulumi CLI: %w", err)
	}
	return nil
}

// probe returns an error if the address does not accept a connection within
// probeTimeout.
func probe(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	connection, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	return connection.Close()
}
