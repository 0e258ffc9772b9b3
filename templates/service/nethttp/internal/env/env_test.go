package env_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"example.com/orders/internal/env"
)

func TestGathersEveryProblem(t *testing.T) {
	t.Setenv("LIMIT", "-1")
	t.Setenv("PAUSE", "250")
	t.Setenv("PORT", "8080")
	var reader env.Reader
	reader.Required("DATABASE_URL")
	env.Optional(&reader, "LIMIT", 10, env.Count)
	env.Optional(&reader, "PAUSE", 0, time.ParseDuration)
	if port := env.Optional(&reader, "PORT", 1, env.Count); port != 8080 {
		t.Errorf("got port %d", port)
	}
	said := fmt.Sprint(reader.Err())
	for _, name := range []string{"DATABASE_URL", "LIMIT", "PAUSE"} {
		if !strings.Contains(said, name) {
			t.Errorf("%s is not named in: %s", name, said)
		}
	}
	if strings.Contains(said, "PORT") {
		t.Errorf("PORT was right: %s", said)
	}
}

func TestHasDefaults(t *testing.T) {
	var reader env.Reader
	if limit := env.Optional(&reader, "LIMIT_UNSET", 10, env.Count); limit != 10 || reader.Err() != nil {
		t.Errorf("got %d, %v", limit, reader.Err())
	}
}

func TestNeverPrintsASecret(t *testing.T) {
	settings := struct{ Token env.Secret }{"hunter2"}
	if said := fmt.Sprintf("%v %+v %#v %s", settings, settings, settings, settings.Token); strings.Contains(said, "hunter2") {
		t.Error(said)
	}
}
