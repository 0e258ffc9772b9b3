package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// validity is longer than any local cluster lives: nothing here is ever renewed.
const validity = 10 * 365 * 24 * time.Hour

// client is one identity that the API server knows by its certificate: the name is the user, groups the groups.
type client struct {
	file, user, group string
}

var clients = []client{
	{"admin", "gantry-admin", "system:masters"},
	{"controller-manager", "system:kube-controller-manager", ""},
	{"scheduler", "system:kube-scheduler", ""},
	// kwok stands in for every kubelet, so it may do what an administrator may.
	{"kwok", "gantry-kwok", "system:masters"},
}

// writeCertificates makes all keys and certificates of one cluster in a new folder. The folder appears complete or
// not at all. Files are readable by their owner only.
func writeCertificates(arguments []string) error {
	flags := flag.NewFlagSet("certs", flag.ContinueOnError)
	dir := flags.String("dir", "", "folder to make; must not exist")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	if *dir == "" {
		return errors.New("certs: --dir is missing")
	}
	work, err := os.MkdirTemp(filepath.Dir(*dir), ".certs-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	if err := writeAll(work); err != nil {
		return err
	}
	return os.Rename(work, *dir)
}

func writeAll(dir string) error {
	ca, err := newAuthority("gantry-ca")
	if err != nil {
		return err
	}
	// etcd trusts an authority of its own, whose key is thrown away: what the cluster signs never opens etcd.
	etcdCA, err := newAuthority("gantry-etcd-ca")
	if err != nil {
		return err
	}
	serving := &x509.Certificate{
		Subject:     pkix.Name{CommonName: "kube-apiserver"},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv4(10, 96, 0, 1)},
		DNSNames: []string{"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc",
			"kubernetes.default.svc.cluster.local"},
	}
	etcd := &x509.Certificate{
		Subject:     pkix.Name{CommonName: "etcd"},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	serviceAccount, err := newKey()
	if err != nil {
		return err
	}
	public, err := x509.MarshalPKIXPublicKey(serviceAccount.Public())
	if err != nil {
		return err
	}
	steps := []error{
		writePEM(dir, "ca.crt", "CERTIFICATE", ca.certificate.Raw),
		writeKey(dir, "ca.key", ca.key),
		writePEM(dir, "etcd-ca.crt", "CERTIFICATE", etcdCA.certificate.Raw),
		ca.issue(dir, "apiserver", serving),
		etcdCA.issue(dir, "etcd", etcd),
		writeKey(dir, "service-account.key", serviceAccount),
		writePEM(dir, "service-account.pub", "PUBLIC KEY", public),
	}
	for _, c := range clients {
		subject := pkix.Name{CommonName: c.user}
		if c.group != "" {
			subject.Organization = []string{c.group}
		}
		steps = append(steps, ca.issue(dir, c.file, &x509.Certificate{
			Subject:     subject,
			ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		}))
	}
	return errors.Join(steps...)
}

type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func newAuthority(name string) (*authority, error) {
	key, err := newKey()
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		Subject:               pkix.Name{CommonName: name},
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		IsCA:                  true,
		BasicConstraintsValid: true,
	}
	raw, err := sign(template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	certificate, err := x509.ParseCertificate(raw)
	return &authority{certificate, key}, err
}

// issue writes NAME.crt and NAME.key, signed by the authority.
func (a *authority) issue(dir, name string, template *x509.Certificate) error {
	key, err := newKey()
	if err != nil {
		return err
	}
	template.KeyUsage = x509.KeyUsageDigitalSignature
	raw, err := sign(template, a.certificate, key.Public(), a.key)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return errors.Join(writePEM(dir, name+".crt", "CERTIFICATE", raw), writeKey(dir, name+".key", key))
}

func sign(template, parent *x509.Certificate, public crypto.PublicKey, key *ecdsa.PrivateKey) ([]byte, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, err
	}
	template.SerialNumber = serial
	template.NotBefore = time.Now().Add(-time.Hour) // clocks of containers and virtual machines differ
	template.NotAfter = time.Now().Add(validity)
	return x509.CreateCertificate(rand.Reader, template, parent, public, key)
}

func newKey() (*ecdsa.PrivateKey, error) {
	return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
}

func writeKey(dir, name string, key *ecdsa.PrivateKey) error {
	raw, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	return writePEM(dir, name, "EC PRIVATE KEY", raw)
}

func writePEM(dir, name, kind string, raw []byte) error {
	content := pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: raw})
	return os.WriteFile(filepath.Join(dir, name), content, 0o600)
}
