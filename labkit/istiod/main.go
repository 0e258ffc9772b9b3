// Gantry-istiod is Istio's control plane, istiod, as its module has it. With `crds` it prints the types that istiod reads
// instead, which the module brings along: one CustomResourceDefinition a line, as JSON.
package main

import (
	"bytes"
	"fmt"
	"os"

	"istio.io/istio/manifests"
	"istio.io/istio/pilot/cmd/pilot-discovery/app"
	"istio.io/istio/pkg/log"
	"sigs.k8s.io/yaml"

	"gantry.local/labkit/shared"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	if len(os.Args) == 2 && os.Args[1] == "crds" {
		return printCRDs()
	}
	shared.Daemon()
	log.EnableKlogWithCobra()
	return app.NewRootCommand().Execute()
}

func printCRDs() error {
	all, err := manifests.FS.ReadFile("charts/base/files/crd-all.gen.yaml")
	if err != nil {
		return err
	}
	for document := range bytes.SplitSeq(all, []byte("\n---\n")) {
		crd, err := yaml.YAMLToJSON(document)
		if err != nil {
			return err
		}
		if bytes.Equal(crd, []byte("null")) {
			continue // a comment
		}
		if _, err := os.Stdout.Write(append(crd, '\n')); err != nil {
			return err
		}
	}
	return nil
}
