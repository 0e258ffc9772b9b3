package health

import (
	"context"
	"errors"
	"slices"
	"time"

	"google.golang.org/grpc/codes"
	rpc "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
)

// looks is how often it is asked again for those who watch.
const looks = time.Second

// RPC says over gRPC what Ready says over HTTP: grpc.health.v1.Health, which the kubelet and load balancers ask.
type RPC struct {
	rpc.UnimplementedHealthServer
	probes   *Probes
	services []string
}

// NewRPC answers for the server as a whole, whose name is empty, and for the services with these names.
func NewRPC(probes *Probes, services ...string) *RPC {
	return &RPC{probes: probes, services: append(services, "")}
}

// Check says whether calls can be answered now.
func (h *RPC) Check(_ context.Context, request *rpc.HealthCheckRequest) (*rpc.HealthCheckResponse, error) {
	if !slices.Contains(h.services, request.GetService()) {
		return nil, status.Error(codes.NotFound, "unknown service")
	}
	return &rpc.HealthCheckResponse{Status: statusOf(h.probes.Check())}, nil
}

// Watch says so whenever it changes. It ends when the service stops: that waits for all calls, and this would never end.
func (h *RPC) Watch(request *rpc.HealthCheckRequest, stream rpc.Health_WatchServer) error {
	said := rpc.HealthCheckResponse_UNKNOWN
	ticker := time.NewTicker(looks)
	defer ticker.Stop()
	for {
		err := h.probes.Check()
		now := statusOf(err)
		if !slices.Contains(h.services, request.GetService()) {
			now = rpc.HealthCheckResponse_SERVICE_UNKNOWN
		}
		if now != said {
			if err := stream.Send(&rpc.HealthCheckResponse{Status: now}); err != nil {
				return err
			}
			said = now
		}
		if errors.Is(err, ErrStopping) {
			return status.Error(codes.Unavailable, err.Error())
		}
		select {
		case <-ticker.C:
		case <-stream.Context().Done():
			return status.FromContextError(stream.Context().Err()).Err()
		}
	}
}

func statusOf(err error) rpc.HealthCheckResponse_ServingStatus {
	if err != nil {
		return rpc.HealthCheckResponse_NOT_SERVING
	}
	return rpc.HealthCheckResponse_SERVING
}
