package prices

// newGuard puts the protection in front of next. There is none yet.
func newGuard(next source) source {
	return next
}
