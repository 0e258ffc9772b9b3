package users_test

import (
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	shopv1 "example.com/shop/gen/shop/v1"
	"example.com/shop/internal/servertest"
	"example.com/shop/internal/users"
)

func dial(t *testing.T) shopv1.UsersServiceClient {
	return shopv1.NewUsersServiceClient(servertest.Dial(t, func(r grpc.ServiceRegistrar) {
		shopv1.RegisterUsersServiceServer(r, users.New(users.Seed()...))
	}))
}

func TestCreateUser(t *testing.T) {
	tests := map[string]struct {
		request *shopv1.CreateUserRequest
		want    codes.Code
	}{
		"new":         {&shopv1.CreateUserRequest{Name: "王芳", Email: "wangfang@example.com"}, codes.OK},
		"email taken": {&shopv1.CreateUserRequest{Name: "李雷", Email: "lilei@example.com"}, codes.AlreadyExists},
		"no name":     {&shopv1.CreateUserRequest{Email: "x@example.com"}, codes.InvalidArgument},
		"bad email":   {&shopv1.CreateUserRequest{Name: "x", Email: "x"}, codes.InvalidArgument},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			client := dial(t)
			created, err := client.CreateUser(t.Context(), test.request)
			if status.Code(err) != test.want {
				t.Fatalf("got %v, want %v", err, test.want)
			}
			if err != nil {
				return
			}
			got, err := client.GetUser(t.Context(), &shopv1.GetUserRequest{Id: created.User.Id})
			if err != nil || !proto.Equal(got.User, created.User) {
				t.Errorf("got %v, %v back, want %v", got, err, created.User)
			}
		})
	}
}

func TestGetUser(t *testing.T) {
	tests := map[string]struct {
		id       string
		want     codes.Code
		wantName string
	}{
		"seeded":  {"u-2", codes.OK, "韩梅梅"},
		"unknown": {"u-0", codes.NotFound, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := dial(t).GetUser(t.Context(), &shopv1.GetUserRequest{Id: test.id})
			if status.Code(err) != test.want || got.GetUser().GetName() != test.wantName {
				t.Errorf("got %v, %v, want %q, %v", got, err, test.wantName, test.want)
			}
		})
	}
}
