package kit

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
)

// longestBody is the most that is read of a request, in bytes.
const longestBody = 2 << 20

// Validator is implemented by what knows which of its fields are wrong, and why.
type Validator interface {
	Validate() map[string]string
}

// Bind reads the request's body, one JSON value, and asks it whether it is valid. Its error is a *Error.
func Bind[T any](w http.ResponseWriter, r *http.Request) (T, error) {
	var value, none T
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, longestBody))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&value); err != nil {
		return none, unreadable(err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return none, &Error{Status: http.StatusBadRequest, Detail: "something follows the JSON value"}
	}
	// Of the pointer: it has the methods of the value, too.
	if validator, ok := any(&value).(Validator); ok {
		if fields := validator.Validate(); len(fields) > 0 {
			return none, &Error{Status: http.StatusUnprocessableEntity, Fields: fields}
		}
	}
	return value, nil
}

func unreadable(err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return &Error{Status: http.StatusRequestEntityTooLarge}
	}
	return &Error{Status: http.StatusBadRequest, Detail: err.Error()}
}
