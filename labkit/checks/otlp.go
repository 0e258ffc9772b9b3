package main

import (
	"compress/gzip"
	"context"
	"encoding/hex"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	trace "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// span is what a check looks at.
type span struct {
	Service    string            `json:"service"`
	Name       string            `json:"name"`
	Kind       string            `json:"kind"`
	Trace      string            `json:"trace"`
	ID         string            `json:"id"`
	Parent     string            `json:"parent"`
	Error      bool              `json:"error"`
	Start      float64           `json:"start"` // milliseconds since the epoch
	Duration   float64           `json:"duration"`
	Attributes map[string]string `json:"attributes"`
}

// mostSpans is far above what a lesson sends; a program that sends for ever must not fill memory.
const mostSpans = 20_000

// sink is an OTLP collector of traces, over HTTP and gRPC, that keeps what it gets.
type sink struct {
	collector.UnimplementedTraceServiceServer
	mu    sync.Mutex
	spans []span
	// elsewhere is the path of a request that no collector would take.
	elsewhere string
}

func otlpWorks() map[string]func(json.RawMessage) (any, error) {
	sinks := newRegistry[*sink]("otlp")
	return map[string]func(json.RawMessage) (any, error){
		"otlp.start": with(func(struct{}) (any, error) {
			s := &sink{}
			overHTTP, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				return nil, err
			}
			overGRPC, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				return nil, err
			}
			server := grpc.NewServer()
			collector.RegisterTraceServiceServer(server, s)
			go func() { _ = server.Serve(overGRPC) }()
			go func() { _ = http.Serve(overHTTP, s) }()
			return map[string]string{
				"name": sinks.add(s),
				"http": "http://" + overHTTP.Addr().String(),
				"grpc": overGRPC.Addr().String(),
			}, nil
		}),
		// The spans of one trace, or all; and where a request came that was none to /v1/traces.
		"otlp.spans": with(func(p struct{ Name, Trace string }) (any, error) {
			s, err := sinks.get(p.Name)
			if err != nil {
				return nil, err
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			found := []span{}
			for _, one := range s.spans {
				if p.Trace == "" || one.Trace == p.Trace {
					found = append(found, one)
				}
			}
			return map[string]any{"spans": found, "elsewhere": s.elsewhere}, nil
		}),
	}
}

func (s *sink) Export(_ context.Context, r *collector.ExportTraceServiceRequest) (*collector.ExportTraceServiceResponse, error) {
	s.keep(r)
	return &collector.ExportTraceServiceResponse{}, nil
}

// ServeHTTP takes POST /v1/traces, as protobuf or JSON (opentelemetry.io/docs/specs/otlp, "OTLP/HTTP").
func (s *sink) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost || r.URL.Path != "/v1/traces" {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.elsewhere = r.URL.Path
		http.NotFound(w, r)
		return
	}
	var body io.Reader = http.MaxBytesReader(w, r.Body, 8<<20)
	if r.Header.Get("Content-Encoding") == "gzip" {
		unzipped, err := gzip.NewReader(body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		body = io.LimitReader(unzipped, 32<<20)
	}
	data, err := io.ReadAll(body)
	var request collector.ExportTraceServiceRequest
	if err == nil {
		if strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
			err = protojson.Unmarshal(data, &request)
		} else {
			err = proto.Unmarshal(data, &request)
		}
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.keep(&request)
	w.Header().Set("Content-Type", "application/x-protobuf")
}

func (s *sink) keep(r *collector.ExportTraceServiceRequest) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, resource := range r.GetResourceSpans() {
		service := attributes(resource.GetResource().GetAttributes())["service.name"]
		for _, scope := range resource.GetScopeSpans() {
			for _, one := range scope.GetSpans() {
				if len(s.spans) < mostSpans {
					s.spans = append(s.spans, toSpan(service, one))
				}
			}
		}
	}
}

func toSpan(service string, s *trace.Span) span {
	start := float64(s.GetStartTimeUnixNano()) / 1e6
	return span{
		Service:    service,
		Name:       s.GetName(),
		Kind:       strings.ToLower(strings.TrimPrefix(s.GetKind().String(), "SPAN_KIND_")),
		Trace:      hex.EncodeToString(s.GetTraceId()),
		ID:         hex.EncodeToString(s.GetSpanId()),
		Parent:     hex.EncodeToString(s.GetParentSpanId()),
		Error:      s.GetStatus().GetCode() == trace.Status_STATUS_CODE_ERROR,
		Start:      start,
		Duration:   float64(s.GetEndTimeUnixNano())/1e6 - start,
		Attributes: attributes(s.GetAttributes()),
	}
}

func attributes(all []*common.KeyValue) map[string]string {
	values := map[string]string{}
	for _, one := range all {
		switch value := one.GetValue().GetValue().(type) {
		case *common.AnyValue_StringValue:
			values[one.GetKey()] = value.StringValue
		default:
			text, _ := protojson.Marshal(one.GetValue())
			values[one.GetKey()] = string(text)
		}
	}
	return values
}
