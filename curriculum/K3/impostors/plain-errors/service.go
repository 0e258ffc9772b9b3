package main

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/reflection"

	"gantry.example/devices/devicesv1"
)

// service is the service as devices.proto tells it.
type service struct {
	devicesv1.UnimplementedDevicesServer
	devices *store
}

// register puts the service on the server, with reflection for tools and health for orchestrators.
func register(server *grpc.Server, devices *store) {
	devicesv1.RegisterDevicesServer(server, &service{devices: devices})
	reflection.Register(server)
	healthy := health.NewServer()
	healthy.SetServingStatus(devicesv1.Devices_ServiceDesc.ServiceName, grpc_health_v1.HealthCheckResponse_SERVING)
	grpc_health_v1.RegisterHealthServer(server, healthy)
}

func (s *service) Create(_ context.Context, in *devicesv1.CreateRequest) (*devicesv1.Device, error) {
	return reply(s.devices.add(in.GetName(), in.GetPlace()))
}

func (s *service) Get(_ context.Context, in *devicesv1.GetRequest) (*devicesv1.Device, error) {
	return reply(s.devices.get(in.GetId()))
}

func (s *service) Replace(_ context.Context, in *devicesv1.ReplaceRequest) (*devicesv1.Device, error) {
	return reply(s.devices.replace(in.GetId(), in.GetVersion(), in.GetName(), in.GetPlace()))
}

func (s *service) Delete(_ context.Context, in *devicesv1.DeleteRequest) (*devicesv1.DeleteReply, error) {
	if err := s.devices.remove(in.GetId()); err != nil {
		return nil, err
	}
	return &devicesv1.DeleteReply{}, nil
}

// reply tells what the store said: a device, or an error.
func reply(d device, err error) (*devicesv1.Device, error) {
	if err != nil {
		return nil, err
	}
	return &devicesv1.Device{Id: d.ID, Version: d.Version, Name: d.Name, Place: d.Place}, nil
}
