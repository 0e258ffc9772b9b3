package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
)

// toxicWorks disturbs connections: a proxy before something the program depends on, with toxiproxy's own toxics
// (latency, timeout, reset_peer, bandwidth, slicer, limit_data, slow_close), and `down`, which refuses.
func toxicWorks() map[string]func(json.RawMessage) (any, error) {
	proxies := newRegistry[*toxiproxy.Proxy]("toxic")
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	return map[string]func(json.RawMessage) (any, error){
		"toxic.start": with(func(p struct{ Upstream string }) (any, error) {
			proxy := toxiproxy.NewProxy(server, p.Upstream, "127.0.0.1:0", p.Upstream)
			if err := proxy.Start(); err != nil {
				return nil, err
			}
			return map[string]string{"name": proxies.add(proxy), "address": proxy.Listen}, nil
		}),
		// Takes what there was away and sets these.
		"toxic.set": with(func(p struct {
			Name   string
			Down   bool
			Toxics []map[string]any
		}) (any, error) {
			proxy, err := proxies.get(p.Name)
			if err != nil {
				return nil, err
			}
			proxy.Toxics.ResetToxics(context.Background())
			if p.Down {
				proxy.Stop()
				return struct{}{}, nil
			}
			if !proxy.Enabled {
				if err := proxy.Start(); err != nil {
					return nil, err
				}
			}
			for i, toxic := range p.Toxics {
				toxic["name"] = fmt.Sprintf("%d", i)
				text, err := json.Marshal(toxic)
				if err != nil {
					return nil, err
				}
				if _, err := proxy.Toxics.AddToxicJson(bytes.NewReader(text)); err != nil {
					return nil, err
				}
			}
			return struct{}{}, nil
		}),
	}
}
