// Gantry-kwok plays the kubelets of nodes that do not exist: their pods run, as far as the API can tell.
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/pflag"
	nodefast "sigs.k8s.io/kwok/kustomize/stage/node/fast"
	heartbeat "sigs.k8s.io/kwok/kustomize/stage/node/heartbeat-with-lease"
	podfast "sigs.k8s.io/kwok/kustomize/stage/pod/fast"
	"sigs.k8s.io/kwok/pkg/config"
	"sigs.k8s.io/kwok/pkg/kwok/cmd"
	"sigs.k8s.io/kwok/pkg/log"
	"sigs.k8s.io/kwok/pkg/utils/signals"

	"gantry.local/labkit/shared"
)

// stages say how nodes become ready and pods run, complete and go. kwok itself only ships them beside its program.
var stages = strings.Join([]string{
	nodefast.DefaultNodeInit,
	heartbeat.DefaultNodeHeartbeatWithLease,
	podfast.DefaultPodReady,
	podfast.DefaultPodComplete,
	podfast.DefaultPodDelete,
}, "\n---\n")

func main() {
	shared.Daemon()
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	flags := pflag.NewFlagSet("global", pflag.ContinueOnError)
	flags.ParseErrorsAllowlist.UnknownFlags = true
	flags.Usage = func() {}
	ctx, _ := log.InitFlags(signals.SetupSignalContext(), flags)

	file, err := stagesFile()
	if err != nil {
		return err
	}
	defer os.Remove(file)
	os.Args = append(os.Args, "--config="+file)
	ctx, err = config.InitFlags(ctx, flags)
	if err != nil {
		return err
	}
	_ = os.Remove(file) // read by now, and the program may be killed

	command := cmd.NewCommand(ctx)
	command.PersistentFlags().AddFlagSet(flags)
	return command.ExecuteContext(ctx)
}

// stagesFile is needed because kwok takes its configuration from files only.
func stagesFile() (string, error) {
	file, err := os.CreateTemp("", "gantry-kwok-*.yaml")
	if err != nil {
		return "", err
	}
	defer file.Close()
	_, err = file.WriteString(stages)
	return file.Name(), err
}
