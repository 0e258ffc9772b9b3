package main

import (
	"google.golang.org/grpc"

	"gantry.example/devices/devicesv1"
)

// service is the service as devices.proto tells it. Methods that it lacks answer Unimplemented.
type service struct {
	devicesv1.UnimplementedDevicesServer
	devices *store
}

// register puts the service on the server. Nobody calls it yet, and it lacks reflection and health.
func register(server *grpc.Server, devices *store) {
	devicesv1.RegisterDevicesServer(server, &service{devices: devices})
}
