// Package users keeps the accounts of the people who buy.
package users

import (
	"context"
	"crypto/rand"
	"strings"
	"sync"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	shopv1 "example.com/shop/gen/shop/v1"
)

// Service implements UsersService in memory.
type Service struct {
	shopv1.UnimplementedUsersServiceServer

	mu      sync.RWMutex
	byID    map[string]*shopv1.User
	byEmail map[string]*shopv1.User
}

// New returns a service that knows the given users.
func New(known ...*shopv1.User) *Service {
	s := &Service{byID: map[string]*shopv1.User{}, byEmail: map[string]*shopv1.User{}}
	for _, user := range known {
		s.byID[user.Id], s.byEmail[user.Email] = user, user
	}
	return s
}

// CreateUser implements UsersService.
func (s *Service) CreateUser(_ context.Context, request *shopv1.CreateUserRequest) (*shopv1.CreateUserResponse, error) {
	if request.Name == "" {
		return nil, status.Error(codes.InvalidArgument, "name is empty")
	}
	if !strings.Contains(request.Email, "@") {
		return nil, status.Errorf(codes.InvalidArgument, "email %q is not an e-mail address", request.Email)
	}
	user := &shopv1.User{Id: "u-" + rand.Text(), Name: request.Name, Email: request.Email, CreateTime: timestamppb.Now()}

	s.mu.Lock()
	defer s.mu.Unlock()
	if _, taken := s.byEmail[user.Email]; taken {
		return nil, status.Errorf(codes.AlreadyExists, "email %q is taken", user.Email)
	}
	s.byID[user.Id], s.byEmail[user.Email] = user, user
	return &shopv1.CreateUserResponse{User: proto.CloneOf(user)}, nil
}

// GetUser implements UsersService.
func (s *Service) GetUser(_ context.Context, request *shopv1.GetUserRequest) (*shopv1.GetUserResponse, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	user, ok := s.byID[request.Id]
	if !ok {
		return nil, status.Errorf(codes.NotFound, "there is no user %q", request.Id)
	}
	return &shopv1.GetUserResponse{User: proto.CloneOf(user)}, nil
}
