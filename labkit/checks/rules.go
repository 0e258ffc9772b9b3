package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/prometheus/common/promslog"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/promqltest"
	"github.com/prometheus/prometheus/rules"
)

// series is one line of what a Prometheus would have scraped: `http_requests_total{code="500"}`, `0+10x20`.
type series struct{ Series, Values string }

// alert is one that fires at a moment.
type alert struct {
	At     int64             `json:"at"` // milliseconds since the beginning
	Name   string            `json:"name"`
	Labels map[string]string `json:"labels"`
}

// rulesWorks evaluates rule files as Prometheus does, over time that passes at once.
func rulesWorks() map[string]func(json.RawMessage) (any, error) {
	return map[string]func(json.RawMessage) (any, error){
		// Which alerts fire at each evaluation.
		"rules.alerts": with(func(p struct {
			File       string
			IntervalMs int64
			UntilMs    int64
			Series     []series
		}) (any, error) {
			found, err := firing(p.File, p.Series, time.Duration(p.IntervalMs)*time.Millisecond, time.Duration(p.UntilMs)*time.Millisecond)
			return map[string]any{"alerts": found}, err
		}),
		// The value of an expression at one moment, for each set of labels.
		"rules.query": with(func(p struct {
			Query      string
			IntervalMs int64
			AtMs       int64
			Series     []series
		}) (any, error) {
			suite, err := load(p.Series, time.Duration(p.IntervalMs)*time.Millisecond)
			if err != nil {
				return nil, err
			}
			defer func() { _ = suite.Close() }()
			values := []map[string]any{}
			at := time.UnixMilli(p.AtMs)
			var failed error
			suite.WithSamplesTill(at, func(err error) {
				if failed = err; err != nil {
					return
				}
				vector, err := rules.EngineQueryFunc(suite.QueryEngine(), suite.Storage())(suite.Context(), p.Query, at)
				failed = err
				for _, sample := range vector {
					values = append(values, map[string]any{"labels": sample.Metric.Map(), "value": sample.F})
				}
			})
			return map[string]any{"values": values}, failed
		}),
	}
}

func load(all []series, interval time.Duration) (*promqltest.LazyLoader, error) {
	var text strings.Builder
	fmt.Fprintf(&text, "load %s\n", interval)
	for _, one := range all {
		fmt.Fprintf(&text, "  %s %s\n", one.Series, one.Values)
	}
	return promqltest.NewLazyLoader(text.String(), promqltest.LazyLoaderOpts{Parser: parser.NewParser(parser.Options{})})
}

func firing(file string, all []series, interval, until time.Duration) ([]alert, error) {
	suite, err := load(all, interval)
	if err != nil {
		return nil, err
	}
	defer func() { _ = suite.Close() }()
	manager := rules.NewManager(&rules.ManagerOptions{
		QueryFunc:    rules.EngineQueryFunc(suite.QueryEngine(), suite.Storage()),
		AppendableV2: suite.Storage(),
		Context:      context.Background(),
		NotifyFunc:   func(context.Context, string, ...*rules.Alert) {},
		Logger:       promslog.NewNopLogger(),
		Parser:       parser.NewParser(parser.Options{}),
	})
	groups, errs := manager.LoadGroups(interval, labels.EmptyLabels(), "", nil, false, file)
	if len(errs) > 0 {
		return nil, errs[0]
	}
	alerting := []*rules.AlertingRule{}
	for _, group := range groups {
		for _, rule := range group.Rules() {
			if one, ok := rule.(*rules.AlertingRule); ok {
				// Otherwise the engine waits for the state of a run before this one.
				one.SetRestored(true)
				alerting = append(alerting, one)
			}
		}
	}
	found := []alert{}
	for passed := time.Duration(0); passed <= until; passed += interval {
		at := time.UnixMilli(passed.Milliseconds()).UTC()
		var failed error
		suite.WithSamplesTill(at, func(err error) {
			if failed = err; err != nil {
				return
			}
			for _, group := range groups {
				group.Eval(suite.Context(), at)
				for _, rule := range group.Rules() {
					if rule.LastError() != nil {
						failed = fmt.Errorf("%s: %w", rule.Name(), rule.LastError())
					}
				}
			}
		})
		if failed != nil {
			return nil, failed
		}
		for _, rule := range alerting {
			for _, active := range rule.ActiveAlerts() {
				if active.State == rules.StateFiring {
					found = append(found, alert{At: passed.Milliseconds(), Name: rule.Name(), Labels: active.Labels.Map()})
				}
			}
		}
	}
	return found, nil
}
